"""Where titles can be watched, of Streaming Availability: with link, price, quality and end.

Of titles chosen by id, each is asked for in turn. Otherwise the catalogs are read once, by search,
and from the moment that began the feed of updates tells which titles' offers are others now.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import FILLED, LIST
from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, as_epoch, as_object, objects
from tap_streaming.streams.streaming_availability_base import (
    SHOW_TYPES,
    Page,
    snaked,
    stable_id,
    title_of,
    utc,
)
from tap_streaming.streams.streaming_availability_feed import CHANGES, ChangesReader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_streaming.calls import Call

SEARCH = Endpoint("/shows/search/filters", Page(dict, "shows", list, row_key="id"))
TITLE = Endpoint("/shows/{media_type:movie|tv}/{id}", FILLED)


@dataclass(frozen=True)
class Sweep:
    """How far a reading of all offers has come.

    Attributes:
        began: When it began, seconds since 1970.
        at: The country that is being read; of titles chosen by id the last one read, empty before
            the first.
        cursor: Asks for the country's next page.
    """

    began: int
    at: str
    cursor: str | None = None

    @classmethod
    def from_state(cls, state: Any, places: Collection[str], now: int) -> Sweep | None:
        """Read what a bookmark holds; None if there is none or it makes no sense."""
        if not isinstance(state, dict) or state.get("at") not in places:
            return None
        began, cursor = as_count(state.get("began")), state.get("cursor")
        if began is None or began > now or not (cursor is None or isinstance(cursor, str)):
            return None
        return cls(began, state["at"], cursor)

    def as_state(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


class SaOffers(ChangesReader):
    """Where each title can be watched: one row per option.

    The offers of a title in a country are read together and carry the time of that as
    ``read_at``. Rows without ``type`` are no offers: one with a ``show_id`` says that the title
    had none in the country then, one without that all offers in the country that still hold have
    been read since.
    """

    name = "sa_offers"
    primary_keys = ("offer_id",)
    replication_key = "read_at"
    endpoints = (SEARCH, TITLE, CHANGES)
    similar = (
        Endpoint("/shows/{id}"),
        Endpoint(r"/shows/{id:tt\d+}"),
        Endpoint("/shows/search/title", LIST, dig=lambda body: {"shows": body}),
        Endpoint("/shows/top", LIST, dig=lambda body: {"shows": body}),
    )
    change_types = ("updated",)
    ignored_fields = frozenset({"service", "addon", "price"})
    _sweep: Sweep | None = None

    @property
    def titles(self) -> list[str] | None:
        """The titles chosen by id, as the platform knows them; None if they are not so chosen."""
        found = {kind: self.title_ids.of(kind) for kind in SHOW_TYPES.values()}
        if None in found.values():
            return None
        return [f"{kind}/{number}" for kind, numbers in found.items() for number in numbers or ()]

    @property
    def selection(self) -> dict[str, Any]:
        """What stands for the settings that decide which rows there are."""
        ids = self.title_ids.fingerprint(*SHOW_TYPES.values())
        if ids is None:
            return super().selection
        return {"title_ids": ids, "countries": stable_id(self.countries)}

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield offers, unless all that hold have been read in this period."""
        titles = self.titles
        if titles is not None:
            yield from self._by_title(titles)
            return
        state = self.bookmark
        now = self.client.now()
        done = self.moment(state.get("replication_key_value"))
        self._sweep = Sweep.from_state(state.get("sweep"), self.countries, as_epoch(now))
        place = self.left_place(state.get("feed")) if done else None
        if done is None:
            done, self._sweep = now, self._new_sweep()
        elif state.get("sweep") is not None and self._sweep is None:
            self.logger.warning("a reading of all offers cannot be gone on with: it begins anew")
            self._sweep = self._new_sweep()
        if place is None and self.is_due(done, self.config["sa_refresh_hours"]):
            place = self.new_place(done)
        if place is not None:
            for after, call, body in self.walk(place):
                yield from self.parse(body, call)
                if after is not None:
                    self._checkpoint(done, after.as_state())
            done = datetime.fromtimestamp(place.until, UTC)
            self._checkpoint(done)
        if self._sweep is not None:
            yield from self._by_country(self._sweep, done)

    def cost(self) -> int:
        """Return about how many requests the next run makes.

        How many pages a reading of all offers takes is not known before; it goes on for as long
        as the day's share lasts.
        """
        state, now = self.bookmark, as_epoch(self.client.now())
        done, sweep = self.moment(state.get("replication_key_value")), state.get("sweep")
        due = self.is_due(done, self.config["sa_refresh_hours"])
        titles = self.titles
        if titles is not None:
            left = Sweep.from_state(sweep, ["", *titles], now)
            if left is not None:
                return len(titles) - (titles.index(left.at) + 1 if left.at else 0)
            return len(titles) if due else 0
        if done is None or sweep is not None:
            return self.client.budget.left if self.client.budget else 1
        return len(self.countries) if due or state.get("feed") else 0

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the offers of one show, of a list of shows, or of the shows of a change page.

        A run tells for which countries and catalogs; else all are read.
        """
        read_at = self.client.now().isoformat()
        shows = body.get("shows", [body])
        for show in objects([*shows.values()] if isinstance(shows, dict) else shows):
            options = show.get("streamingOptions")
            for country in call.values.get("countries", as_object(options)):
                offers = options.get(country, []) if isinstance(options, dict) else None
                if not isinstance(offers, list):
                    self.logger.warning("a show comes without its offers: left out")
                    continue
                here = [one for one in objects(offers) if is_in(one, call.values.get("catalogs"))]
                for offer in here or [{}]:
                    yield {**offer_row(show, country, offer), "read_at": read_at}

    def missed(self, feed: str, since: int, reached: int) -> None:
        """Read all offers again, since updates of some cannot be read any more."""
        super().missed(feed, since, reached)
        self.logger.warning("reading all offers again")
        self._sweep = self._new_sweep()

    def _by_title(self, titles: list[str]) -> Iterator[Mapping[str, Any]]:
        """Yield the offers of titles chosen by id, unless they have been read in this period."""
        state, now = self.bookmark, as_epoch(self.client.now())
        done = self.moment(state.get("replication_key_value"))
        sweep = Sweep.from_state(state.get("sweep"), ["", *titles], now)
        if sweep is None:
            if not self.is_due(done, self.config["sa_refresh_hours"]):
                return
            sweep = Sweep(now, "")
        countries = self.countries
        params: dict[str, str | int] = {"series_granularity": "show"}
        if len(countries) == 1:
            params["country"] = countries[0]
        for title in titles[titles.index(sweep.at) + 1 if sweep.at else 0 :]:
            kind, _, number = title.partition("/")
            call = TITLE.call(params, media_type=kind, id=number, countries=countries)
            body = self.ask(call)
            if body is not None:
                yield from self.parse(body, call)
            sweep = replace(sweep, at=title)
            before = done.isoformat() if done else None
            self.checkpoint(before, feed=None, sweep=sweep.as_state())
        for country in countries:
            yield none_older(country, sweep)
        self.checkpoint(utc(sweep.began), feed=None, sweep=None)

    def _by_country(self, sweep: Sweep, done: datetime) -> Iterator[Mapping[str, Any]]:
        """Yield the offers in the catalogs of each country, from a place on."""
        countries = self.countries
        resumed = sweep.cursor is not None
        while self._sweep is not None:
            sweep = self._sweep
            params: dict[str, str | int] = {
                "country": sweep.at,
                "order_by": "original_title",
                "series_granularity": "show",
            }
            if self.catalogs:
                params["catalogs"] = ",".join(self.catalogs)
            if sweep.cursor:
                params["cursor"] = sweep.cursor
            call = SEARCH.call(params, countries=[sweep.at], catalogs=self.catalogs)
            body = self.page(call, resumed=resumed)
            resumed = False
            if body is None:
                self._sweep = replace(sweep, cursor=None)
                continue
            yield from self.parse(body, call)
            cursor = self.next_cursor(body, call)
            if cursor is not None:
                self._sweep = replace(sweep, cursor=cursor)
            else:
                yield none_older(sweep.at, sweep)
                left = countries[countries.index(sweep.at) + 1 :]
                self._sweep = Sweep(sweep.began, left[0]) if left else None
            self._checkpoint(done)

    def _new_sweep(self) -> Sweep:
        return Sweep(as_epoch(self.client.now()), self.countries[0])

    def _checkpoint(self, done: datetime, feed: Mapping[str, Any] | None = None) -> None:
        sweep = self._sweep.as_state() if self._sweep else None
        self.checkpoint(done.isoformat(), feed=feed, sweep=sweep)


def is_in(offer: Mapping[str, Any], catalogs: Collection[str] | None) -> bool:
    """Tell whether an offer is in one of some catalogs; in all of them if there are none.

    A catalog is ``service``, ``service.type`` or ``service.addon.id``.
    """
    service, addon = as_object(offer.get("service")), as_object(offer.get("addon"))
    place = [service.get("id"), offer.get("type"), addon.get("id")]
    parts = [catalog.split(".") for catalog in catalogs or ()]
    return not parts or any(place[: len(part)] == part for part in parts)


def offer_row(show: Mapping[str, Any], country: str, offer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of an offer; of an empty one, that which says that there is none."""
    title = title_of(show)
    service, addon = as_object(offer.get("service")), as_object(offer.get("addon"))
    price = as_object(offer.get("price"))
    parts = [service.get("id"), offer.get("type"), addon.get("id"), offer.get("quality")]
    key = stable_id(title["show_id"], country, *parts, offer.get("link"))
    return {
        **snaked(offer),
        **title,
        "offer_id": key if title["show_id"] else None,
        "country": country,
        "service_id": service.get("id"),
        "service_name": service.get("name"),
        "addon_id": addon.get("id"),
        "addon_name": addon.get("name"),
        "price_amount": _amount(price.get("amount")),
        "price_currency": price.get("currency"),
        "audios": _locales(offer.get("audios")),
        "subtitles": [
            f"{locale}+cc" if subtitle.get("closedCaptions") is True else locale
            for subtitle in objects(offer.get("subtitles"))
            for locale in _locales([subtitle.get("locale")])
        ],
        "expires_on": utc(offer.get("expiresOn")),
        "available_since": utc(offer.get("availableSince")),
    }


def none_older(country: str, sweep: Sweep) -> dict[str, Any]:
    """Return the row that says that offers in a country read before a reading of all are gone."""
    return {
        "offer_id": stable_id(country),
        "country": country,
        "read_at": utc(sweep.began),
    }


def _amount(text: Any) -> Any:
    """Return a number for a text such as ``3.99``, or the value as it is."""
    try:
        number = float(text) if isinstance(text, str) else math.nan
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _locales(rows: Any) -> list[str]:
    """Return languages as ``eng`` or, of a region, ``spa-419``."""
    found = ([row.get("language"), row.get("region")] for row in objects(rows))
    return ["-".join(str(part) for part in parts if part) for parts in found if parts[0]]
