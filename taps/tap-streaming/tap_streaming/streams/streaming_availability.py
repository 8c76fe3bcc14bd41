"""The streams of Streaming Availability (https://docs.movieofthenight.com), version 4.

Each request counts against a month's budget, so what changes slowly is read once in
``sa_refresh_hours``. Addresses of images are signed and left out, as the terms ask. Where to watch
is in :mod:`tap_streaming.streams.streaming_availability_offers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_streaming.answers import FILLED, Shape
from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, as_object, distinct, objects
from tap_streaming.streams.streaming_availability_base import (
    SHOW_TYPES,
    StreamingAvailabilityStream,
    media_type,
    snaked,
    stable_id,
    title_of,
    utc,
)
from tap_streaming.streams.streaming_availability_feed import CHANGES, ChangesReader
from tap_streaming.streams.streaming_availability_offers import SaOffers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tap_streaming.calls import Call

WEEK = 7 * 24
WITH_TOP_LISTS = ("netflix", "prime", "disney", "apple", "hbo", "crunchyroll")
"""Services whose own lists the platform hands out; for others it answers an empty list."""


def by_country(body: Any) -> dict[str, Any]:
    """Return the body for one country as a map of countries."""
    return {str(as_object(body).get("countryCode")): body}


class SaServices(StreamingAvailabilityStream):
    """The services of each country, with what they offer and their addons."""

    name = "sa_services"
    primary_keys = ("country_code", "service_id")
    replication_key = "read_at"
    endpoints = (Endpoint("/countries", FILLED),)
    similar = (Endpoint("/countries/{code:[A-Za-z][A-Za-z]}", dig=by_country),)
    selection_settings = ()
    ignored_fields = frozenset({"id", "name", "theme_color_code", "image_set"})

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the services of all countries, unless they have been read this week."""
        if not self.cost():
            return
        call = self.endpoints[0].call()
        yield from self.parse(self.page(call), call)
        self.checkpoint(self.client.now().isoformat())

    def cost(self) -> int:
        """Return 1 if a week has passed."""
        return int(self.is_due(self.moment(self.bookmark.get("replication_key_value")), WEEK))

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002
        """Yield the services of each country."""
        read_at = self.client.now().isoformat()
        for code, country in body.items():
            for service in objects(as_object(country).get("services")):
                addons = [
                    {
                        "id": addon.get("id"),
                        "name": addon.get("name"),
                        "home_page": addon.get("homePage"),
                    }
                    for addon in objects(service.get("addons"))
                ]
                yield {
                    **snaked(service),
                    "country_code": code,
                    "country_name": country.get("name"),
                    "service_id": service.get("id"),
                    "service_name": service.get("name"),
                    "addons": addons,
                    "read_at": read_at,
                }


class SaTop(StreamingAvailabilityStream):
    """The services' own lists of their top titles."""

    name = "sa_top"
    primary_keys = ("country", "service_id", "show_type", "rank", "snapshot_date")
    replication_key = "snapshot_at"
    endpoints = (Endpoint("/shows/top", Shape(list, row_key="id")),)

    @property
    def lists(self) -> list[dict[str, str]]:
        """The queries for all lists, in the order of their reading."""
        wanted = [catalog.partition(".")[0] for catalog in self.catalogs] or WITH_TOP_LISTS
        return [
            {"country": country, "service": service, "show_type": show_type}
            for country in self.countries
            for service in dict.fromkeys(wanted)
            for show_type in SHOW_TYPES
            if service in WITH_TOP_LISTS
        ]

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield all lists, unless they have been read in this period."""
        taken, began, done = self._progress()
        if began is None:
            return
        lists = self.lists
        for number, query in enumerate(lists[done:], done + 1):
            call = self.endpoints[0].call(query)
            yield from self.parse(self.page(call), call)
            if number < len(lists):
                progress = {"began": began.isoformat(), "done": number}
                self.checkpoint(taken.isoformat() if taken else None, snapshot=progress)
        self.checkpoint(began.isoformat(), snapshot=None)

    def cost(self) -> int:
        """Return the number of lists that are due."""
        _, began, done = self._progress()
        return len(self.lists) - done if began else 0

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of one list; the answer holds no date, so its own time is taken."""
        now = self.client.now()
        for rank, show in enumerate(distinct(body, "id"), 1):
            yield {
                **title_of(show),
                "country": call.params.get("country") or self.countries[0],
                "service_id": call.params.get("service"),
                "show_type": call.params.get("show_type") or show.get("showType"),
                "rank": rank,
                "snapshot_date": now.date().isoformat(),
                "snapshot_at": now.isoformat(),
            }

    def _progress(self) -> tuple[datetime | None, datetime | None, int]:
        """Return how far the lists have been read.

        Returns:
            When all of them were last read, when the reading to do now began (None if none is
            due), and how many lists it has read.
        """
        state = self.bookmark
        taken = self.moment(state.get("replication_key_value"))
        left = as_object(state.get("snapshot"))
        began, done = self.moment(left.get("began")), as_count(left.get("done"))
        if began is not None and done is not None and done < len(self.lists):
            return taken, began, done
        due = self.is_due(taken, self.config["sa_refresh_hours"])
        return taken, self.client.now() if due else None, 0


class SaChanges(ChangesReader):
    """What came to the catalogs, went, and is announced to come or go.

    All rows of one reading carry the time at which it began. Announcements are read whole each
    time: one with an older time than the latest of its country does not hold any more.
    """

    name = "sa_changes"
    primary_keys = ("change_id",)
    replication_key = "read_at"
    endpoints = (CHANGES,)
    change_types = ("new", "removed", "expiring", "upcoming")
    ignored_fields = frozenset({
        "service", "addon", "streaming_option_type", "show_type", "timestamp",
    })  # fmt: skip

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the changes since the bookmark, unless they have been read in this period."""
        state = self.bookmark
        done = self.moment(state.get("replication_key_value"))
        place = self.left_place(state.get("feed"))
        if place is None:
            if not self.is_due(done, self.config["sa_refresh_hours"]):
                return
            place = self.new_place(done)
        for after, call, body in self.walk(place):
            yield from self.parse(body, call)
            if after is not None:
                self.checkpoint(done.isoformat() if done else None, feed=after.as_state())
        self.checkpoint(utc(place.until), feed=None)

    def cost(self) -> int:
        """Return the number of feeds to read; one with more than 25 changes takes more."""
        state = self.bookmark
        place = self.left_place(state.get("feed"))
        if place is not None:
            return len(self.feeds) - self.feeds.index(place.feed)
        done = self.moment(state.get("replication_key_value"))
        return len(self.feeds) if self.is_due(done, self.config["sa_refresh_hours"]) else 0

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the changes of a page, each with the title it is about."""
        shows = as_object(body.get("shows"))
        country = call.params.get("country") or self.countries[0]
        read_at = call.values.get("read_at") or self.client.now().isoformat()
        for change in objects(body.get("changes")):
            show = change.get("showId")
            title = title_of(shows.get(show) if isinstance(show, str) else None)
            service, addon = as_object(change.get("service")), as_object(change.get("addon"))
            option_type, timestamp = change.get("streamingOptionType"), change.get("timestamp")
            identity = (
                country, service.get("id"), change.get("changeType"), change.get("itemType"), show,
                change.get("season"), change.get("episode"), option_type, addon.get("id"),
                timestamp,
            )  # fmt: skip
            yield {
                **snaked(change),
                **title,
                "show_id": show,
                "media_type": title["media_type"] or media_type(change.get("showType")),
                "change_id": stable_id(*identity),
                "country": country,
                "service_id": service.get("id"),
                "service_name": service.get("name"),
                "option_type": option_type,
                "addon_id": addon.get("id"),
                "addon_name": addon.get("name"),
                "changed_at": utc(timestamp),
                "read_at": read_at,
            }


STREAMS = (SaServices, SaTop, SaChanges, SaOffers)
