"""The titles of Watchmode that are followed, with where to watch them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import Page, Shape
from tap_streaming.budget import BudgetSpentError
from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, as_day, objects
from tap_streaming.streams.watchmode_base import WatchmodeStream, media_type
from tap_streaming.windows import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_streaming.calls import Call

KEPT_AT_MOST = timedelta(days=30)
"""The terms ask for data to be refreshed or deleted within so many days."""
PAGE_TITLES = 250
LIST_TITLES = Endpoint("/list-titles", Page(dict, "titles", list, row_key="id"))
DEEP_LINKS = ("ios_url", "android_url", "tvos_url", "android_tv_url", "roku_url")
OFFER_FIELDS = (
    "source_id", "name", "type", "region", "format", "price", "web_url", *DEEP_LINKS,
    "seasons", "episodes",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """How far a snapshot of titles has come.

    Attributes:
        day: The platform's day on which it began.
        after: The last title that is done: ``movie`` or ``tv`` with TMDB's id, or an empty text
            with Watchmode's own.
        left: How many titles were left then; None if that is not known.
    """

    day: date
    after: tuple[str, int] = ("", 0)
    left: int | None = None

    @classmethod
    def from_state(cls, state: Any) -> Place | None:
        """Read a place; None if it makes no sense."""
        if not isinstance(state, dict):
            return None
        day, kind, title = as_day(state.get("day")), state.get("kind"), as_count(state.get("id"))
        if day is None or kind not in ("", "movie", "tv") or title is None:
            return None
        return cls(day, (kind, title), as_count(state.get("left")))

    def as_state(self) -> dict[str, Any]:
        """Return the place as JSON."""
        kind, title = self.after
        return {"day": self.day.isoformat(), "kind": kind, "id": title, "left": self.left}


class WatchmodeTitles(WatchmodeStream):
    """Details of the titles that are followed, with where to watch them: a snapshot each week.

    Titles are read in the order of their ids, as many a day as the budget allows, so a snapshot
    may take many days. The list of the most popular moves meanwhile: who enters it below the
    place reached is read in the next snapshot.
    """

    name = "watchmode_titles"
    primary_keys = ("id",)
    replication_key = "snapshot_date"
    endpoints = (Endpoint("/title/{id:[^/]+}/details", Shape(dict, "id", int)),)
    listings = (LIST_TITLES,)
    ignored_fields = frozenset({
        "cast", "episodes", "posterLarge", "posterMedium", "seasons", "tmdb_type",
    })  # fmt: skip
    selection_settings = ("watchmode_max_titles", "watchmode_regions")

    @property
    def regions(self) -> list[str]:
        """The countries whose offers are read; empty for all that the plan has."""
        return sorted({region.upper() for region in self.config["watchmode_regions"]})

    @property
    def selection(self) -> dict[str, Any]:
        """The settings that decide which titles and offers there are."""
        ids = self.title_ids.fingerprint("movie", "tv")
        most = self.config["watchmode_max_titles"]
        which = {"title_ids": ids} if ids else {"watchmode_max_titles": most}
        return {**which, "watchmode_regions": self.regions}

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield titles: those left of a snapshot, or all if another one is due."""
        state = self.bookmark
        taken = self.taken(state)
        place = self._place(state.get("sweep"), taken)
        if place is None:
            return
        if self.client.today() - place.day > KEPT_AT_MOST:
            self.logger.warning(
                "the snapshot begun on %s is not finished, though the terms of Watchmode ask for"
                " another within %d days: lower watchmode_max_titles",
                place.day, KEPT_AT_MOST.days,
            )  # fmt: skip
        followed = self._chosen() or self._listed()
        if not followed:
            self.logger.warning("Watchmode lists no titles: check the setting watchmode_regions")
            return
        before = taken.isoformat() if taken else None
        waiting = [title for title in followed if title > place.after]
        for left, title in zip(range(len(waiting) - 1, -1, -1), waiting, strict=True):
            call = self._call(*title, place.day)
            body = self.client.find(call)
            yield from self._absent(*title, place.day) if body is None else self.parse(body, call)
            if left:
                self.checkpoint(before, sweep=Place(place.day, title, left).as_state())
        self.checkpoint(place.day.isoformat(), sweep=None)

    def cost(self) -> int:
        """Return about how many credits the whole snapshot, or what is left of it, takes."""
        state, chosen = self.bookmark, self._chosen()
        place = self._place(state.get("sweep"), self.taken(state))
        if place is None:
            return 0
        if chosen:
            return sum(
                self._call(*title, place.day).cost for title in chosen if title > place.after
            )
        left = place.left
        if left is None:
            body = self.client.find(self._page(1)) or {}
            most: int = self.config["watchmode_max_titles"]
            left = min(most, as_count(body.get("total_results")) or 0)
        return self._list_cost + left * self._call("", 1, place.day).cost

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the row of a title; a running time of 0 means it is unknown."""
        offers = body.get("sources")
        yield {
            **body,
            "media_type": media_type(body),
            "runtime_minutes": body.get("runtime_minutes") or None,
            "sources": [_offer(row) for row in objects(offers)]
            if isinstance(offers, list)
            else offers,
            "snapshot_date": self.day_of(call),
            "read_at": self.client.now().isoformat(),
        }

    def ids_in(self, body: Any) -> list[int]:
        """Return the ids on a page of the list of titles."""
        found = (as_count(row.get("id")) for row in objects(body["titles"]))
        return [title for title in found if title]

    def _place(self, sweep: Any, taken: date | None) -> Place | None:
        """Return where to go on, or None if no snapshot is due."""
        today = self.client.today()
        if sweep is None:
            return Place(today) if self.is_due(taken) else None
        place = Place.from_state(sweep)
        if place is None or place.day > today + DAY:
            self.logger.warning("the place %r in the bookmark makes no sense: reading anew", sweep)
            return Place(today)
        return place

    def _chosen(self) -> list[tuple[str, int]]:
        """Return the titles chosen by id, in order; none if they are not."""
        return [
            (kind, title) for kind in ("movie", "tv") for title in self.title_ids.of(kind) or ()
        ]

    def _listed(self) -> list[tuple[str, int]]:
        """Return the most popular titles, in the order of their ids.

        Raises:
            BudgetSpentError: if no title could be read after the list.
        """
        budget = self.client.budget
        title_cost = self._call("", 1, self.client.today()).cost
        if budget is not None and budget.left < self._list_cost + title_cost:
            raise BudgetSpentError
        most: int = self.config["watchmode_max_titles"]
        ids: dict[int, None] = {}
        page, last = 1, self._pages
        while page <= last:
            # A page within the list that is empty may be an accident: it gets a second chance.
            body = self._listing(page) or self._listing(page)
            if not body:
                break
            ids.update((title, None) for title in self.ids_in(body))
            last = min(last, as_count(body.get("total_pages")) or last)
            page += 1
        return [("", title) for title in sorted(list(ids)[:most])]

    def _listing(self, page: int) -> Mapping[str, Any] | None:
        """Return a page of the list, None if there are no titles on it."""
        body: Mapping[str, Any] | None = self.client.find(self._page(page))
        return body if body and body["titles"] else None

    @property
    def _pages(self) -> int:
        return -(-int(self.config["watchmode_max_titles"]) // PAGE_TITLES)

    @property
    def _list_cost(self) -> int:
        return self._pages * self._page(1).cost

    def _page(self, page: int) -> Call:
        limit = min(PAGE_TITLES, self.config["watchmode_max_titles"])
        params = {**self._in_regions, "sort_by": "popularity_desc", "limit": limit, "page": page}
        return LIST_TITLES.call(params, cost=max(1, len(self.regions)))

    def _call(self, kind: str, title: int, day: date) -> Call:
        params = {**self._in_regions, "append_to_response": "sources"}
        name, cost = (f"{kind}-{title}", 2) if kind else (str(title), 1)
        return self.endpoints[0].call(params, cost=cost + 1, id=name, day=day)

    @property
    def _in_regions(self) -> dict[str, str | int]:
        return {"regions": ",".join(self.regions)} if self.regions else {}

    def _absent(self, kind: str, title: int, day: date) -> Iterator[Mapping[str, Any]]:
        """Yield what says that a title is gone; of TMDB's ids it is not known what they were."""
        if kind:
            self.logger.warning("Watchmode does not know the title %s-%d", kind, title)
        else:
            yield self.tombstone({"id": title, "snapshot_date": day.isoformat()})


def _offer(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an offer with all its fields.

    Instead of a link into an app the free plan gives a sentence, and no link holds a space. What
    the documentation of ``type`` calls a purchase in one place is ``buy`` in all answers.
    """
    offer = {**dict.fromkeys(OFFER_FIELDS), **row}
    for name in DEEP_LINKS:
        if isinstance(offer[name], str) and " " in offer[name]:
            offer[name] = None
    if isinstance(offer["region"], str):
        offer["region"] = offer["region"].upper()
    if offer["type"] == "purchase":
        offer["type"] = "buy"
    return offer
