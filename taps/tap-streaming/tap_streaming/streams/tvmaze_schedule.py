"""What TVmaze expects to be shown, by broadcasters and by streaming services, day by day."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import LIST
from tap_streaming.calls import Endpoint
from tap_streaming.client import as_day, as_object, objects
from tap_streaming.streams.tvmaze_base import ROWS, TvmazeStream, show_id, show_of
from tap_streaming.windows import DAY, days

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_streaming.calls import Call

DAYS_BACK = 7
"""Days before today that are read again each day, because schedules are corrected afterwards."""
DAYS_AHEAD = 14
"""Days after today that are read, because episodes are announced and moved."""
GLOBAL = "global"
"""Stands for the country of a channel that has none."""
BROADCAST, WEB = "broadcast", "web"
KINDS = {"/schedule": BROADCAST, "/schedule/web": WEB}


class TvmazeSchedule(TvmazeStream):
    """Episodes by the day they are shown on: broadcast in some countries, streamed anywhere.

    Once a day of the platform the days from the bookmark until two weeks ahead are read. All
    rows of such a reading carry the moment it began, so that an episode that was taken off the
    days it covers is one with an older ``read_at``.
    """

    name = "tvmaze_schedule"
    primary_keys = ("kind", "country", "episode_id")
    replication_key = "airdate"
    endpoints = (Endpoint("/schedule", ROWS), Endpoint("/schedule/web", ROWS))
    similar = (Endpoint("/schedule/full", LIST),)
    ignored_fields = frozenset({"_embedded", "_links", "id", "rating", "show"})

    @property
    def countries(self) -> list[str]:
        """The countries whose broadcasters are read."""
        return sorted({country.upper() for country in self.config["tvmaze_schedule_countries"]})

    @property
    def selection(self) -> dict[str, Any]:
        """What decides which rows there are."""
        return {**super().selection, "tvmaze_schedule_countries": self.countries}

    def covers(self, selection: Any) -> bool:
        """Tell whether a bookmark holds: if it was made of the same shows and countries."""
        return bool(selection == self.selection)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield what is shown, unless it has been read today."""
        began, first = self._from()
        if first is None:
            self.logger.info("the schedule has been read today, %s", began.date())
            return
        today = began.date()
        settled = today - DAYS_BACK * DAY
        calls = self._calls(first, today + DAYS_AHEAD * DAY, began)
        by_day = groupby(self.client.get_many(calls), lambda answer: answer[0].values["day"])
        for day, answers in by_day:
            for call, body in answers:
                if body is None:
                    raise self.client.unexpected(call.path, HTTPStatus.NOT_FOUND)
                yield from self.parse(body, call)
            next_day = day + DAY
            self._mark(min(next_day, settled), began, next_day)
        self._mark(settled, began, None)

    def cost(self) -> int:
        """Return how many requests the next run makes."""
        began, first = self._from()
        if first is None:
            return 0
        last = began.date() + DAYS_AHEAD * DAY
        return ((last - first) // DAY + 1) * (len(self.countries) + 1)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the episodes of a day."""
        day: date = call.values.get("day") or as_day(call.params.get("date")) or self.client.today()
        began: datetime = call.values.get("began") or self.client.now()
        wanted = self.wanted
        for episode in objects(body):
            show = show_of(episode)
            show_number = show_id(episode, call)
            if not wanted(show_number):
                continue
            externals = as_object(show.get("externals"))
            kind = KINDS.get(call.endpoint.template) or _kind_of(show)
            network = as_object(show.get("webChannel" if kind == WEB else "network"))
            asked_country = call.params.get("country") if kind == BROADCAST else None
            yield {
                **episode,
                "kind": kind,
                "country": as_object(network.get("country")).get("code") or asked_country or GLOBAL,
                "episode_id": episode.get("id"),
                "airdate": (as_day(episode.get("airdate")) or day).isoformat(),
                "rating_average": as_object(episode.get("rating")).get("average"),
                "show_id": show_number,
                "show_name": show.get("name"),
                "show_imdb_id": externals.get("imdb"),
                "show_tvdb_id": externals.get("thetvdb"),
                "network_id": network.get("id"),
                "network_name": network.get("name"),
                "read_at": began.isoformat(),
            }

    def _from(self) -> tuple[datetime, date | None]:
        """Return when the reading in work began, and its next day; None if it is complete.

        A reading left over from another day is not gone on with: its bookmark has moved past the
        days that it has settled. Days not settled are read from the bookmark on whatever the
        selection, so that nothing is lost if it changes.
        """
        now = self.client.now()
        today = now.date()
        first = as_day(self.stream_state.get("replication_key_value"))
        if first is not None and first > today + DAY:
            self.logger.warning("the bookmark %s lies in the future: reading as if new", first)
        settled = today - DAYS_BACK * DAY
        first = min(first or settled, settled)
        left = as_object(self.bookmark.get("reading"))
        began, next_day = _as_moment(left.get("began")), as_day(left.get("next"))
        if began is None or began.date() != today:
            return now, first
        if left.get("next") is None:
            return began, None
        return (now, first) if next_day is None else (began, next_day)

    def _calls(self, first: date, last: date, began: datetime) -> Iterator[Call]:
        broadcast, web = self.endpoints
        for day in days(first, last):
            on_day = {"date": day.isoformat()}
            for country in self.countries:
                yield broadcast.call({"country": country, **on_day}, day=day, began=began)
            yield web.call(on_day, day=day, began=began)

    def _mark(self, value: date, began: datetime, next_day: date | None) -> None:
        reading = {"began": began.isoformat(), "next": next_day.isoformat() if next_day else None}
        self.checkpoint(value.isoformat(), reading=reading)


def _kind_of(show: Mapping[str, Any]) -> str:
    """Return the kind of an episode in the list of all that are to come, which does not say."""
    return BROADCAST if as_object(show.get("network")) else WEB


def _as_moment(value: Any) -> datetime | None:
    """Return a bookmark's moment, or None if it is none."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
