"""Seasons and episodes of the series of TMDB.

The change feed names a series when one of its seasons or episodes changes, so both are read
series by series. What a series no longer has is missing from its latest reading.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_streaming.answers import FILLED, Shape
from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, objects
from tap_streaming.streams.tmdb import PARTS_OF_OTHERS, SERIES_PARTS
from tap_streaming.streams.tmdb_titles import TitlesStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tap_streaming.calls import Call

MOST_PARTS = 20
"""Parts that one request may append; more are refused with HTTP 400."""
SERIES = Endpoint("/tv/{id}", Shape(dict, "id", int))
SEASON = Endpoint("/tv/{id}/season/{season_number}", FILLED)
EPISODE = Endpoint("/tv/{id}/season/{season_number}/episode/{episode_number}")
FOUND = Endpoint("/find/{external_id:[^/]+}")
GROUP = Endpoint("/tv/episode_group/{group:[^/]+}")


class SeriesStream(TitlesStream):
    """Rows read series by series; those of one reading carry the same ``snapshot_at``.

    That a series is gone as a whole is told by ``tmdb_tv``.
    """

    media_type = "tv"

    def gone(self, call: Call) -> Iterable[Mapping[str, Any]]:
        """Return nothing: which rows a series had is not known here."""
        del call
        return ()

    def stamp(self, call: Call) -> dict[str, Any]:
        """Return what all rows of a reading carry."""
        return {
            "media_type": self.media_type,
            "change_date": self.change_date(call),
            "snapshot_at": call.values.get("snapshot_at") or self.client.now().isoformat(),
        }


def season_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a season's own body as if it were listed in those of its series."""
    episodes = list(objects(body.get("episodes")))
    show = next((one["show_id"] for one in episodes if as_count(one.get("show_id"))), None)
    return {"id": show, "seasons": [{**body, "episode_count": len(episodes)}]}


def seasons_found(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the seasons that a search by foreign id found."""
    return {"seasons": body.get("tv_season_results")}


class TmdbSeasons(SeriesStream):
    """Seasons, as their series lists them.

    The key is the number, by which all endpoints name a season: a season that is deleted and
    made anew has another id, and the row of the old one would stay.
    """

    name = "tmdb_seasons"
    primary_keys = ("show_id", "season_number")
    endpoints = (SERIES,)
    similar = (replace(SEASON, dig=season_in), replace(FOUND, dig=seasons_found))
    ignored_fields = PARTS_OF_OTHERS | {"_id", "episodes", "external_ids", "networks"}

    def title_call(self, media_type: str, title: int, day: date) -> Call:  # noqa: ARG002
        """Return the request for a series: that of ``tmdb_tv``, so a kept answer serves both."""
        params = {**self.language, "append_to_response": SERIES_PARTS}
        return SERIES.call(params, id=title, day=day)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the seasons of a series."""
        stamp = self.stamp(call)
        for season in objects(body.get("seasons")):
            yield {**season, "show_id": _show(body, call) or season.get("show_id"), **stamp}


def season_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a season's own body as if it were appended to that of its series."""
    return {"season/": body}


def episode_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return an episode's own body as if its season were appended to that of its series."""
    return season_of({"episodes": [body]})


def episodes_found(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the episodes that a search by foreign id found."""
    return season_of({"episodes": body.get("tv_episode_results")})


def episodes_grouped(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the episodes that somebody arranged in another order."""
    return {f"season/{group.get('id')}": group for group in objects(body.get("groups"))}


class TmdbEpisodes(SeriesStream):
    """Episodes of each series that has changed, specials (season 0) included.

    One request brings a series with the first twenty numbers of seasons; its own list tells
    which seasons remain, as where numbers are years.
    """

    name = "tmdb_episodes"
    primary_keys = ("id",)
    endpoints = (SERIES,)
    ahead = 8
    similar = (
        replace(SEASON, dig=season_of),
        replace(EPISODE, dig=episode_of),
        replace(FOUND, dig=episodes_found),
        replace(GROUP, dig=episodes_grouped),
    )
    ignored_fields = PARTS_OF_OTHERS | {"crew", "external_ids", "guest_stars", "order"}

    def title_call(self, media_type: str, title: int, day: date) -> Call:  # noqa: ARG002
        """Return the request for a series with its first seasons."""
        return SERIES.call(self._parts(range(MOST_PARTS)), id=title, day=day)

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the episodes of the seasons that a series' body carries."""
        stamp = self.stamp(call)
        for name, season in body.items():
            if not name.startswith("season/") or not isinstance(season, dict):
                continue
            for episode in objects(season.get("episodes")):
                yield {
                    "season_id": season.get("id") if "season_number" in season else None,
                    **episode,
                    "runtime": episode.get("runtime") or None,
                    "show_id": _show(body, call) or episode.get("show_id"),
                    **stamp,
                }

    def _read(self, call: Call, body: Mapping[str, Any] | None) -> Iterable[Mapping[str, Any]]:
        if body is None:
            return
        stamp = {"snapshot_at": self.client.now().isoformat()}
        call = replace(call, values={**call.values, **stamp})
        yield from self.parse(body, call)
        listed = {as_count(season.get("season_number")) for season in objects(body.get("seasons"))}
        left = sorted(n for n in listed if n is not None and f"season/{n}" not in body)
        calls = (
            replace(call, params=self._parts(left[place : place + MOST_PARTS]))
            for place in range(0, len(left), MOST_PARTS)
        )
        for further, more in self.client.get_many(calls, ahead=self.ahead):
            if more is not None:
                yield from self.parse(more, further)

    def _parts(self, seasons: Iterable[int]) -> dict[str, str | int]:
        parts = ",".join(f"season/{number}" for number in seasons)
        return {**self.language, "append_to_response": parts}


def _show(body: Mapping[str, Any], call: Call) -> Any:
    """Return a series' id out of its body or path; documentation writes a placeholder there."""
    asked = call.values.get("id")
    return body.get("id") or (asked if str(asked).isdecimal() else None)


STREAMS = (TmdbSeasons, TmdbEpisodes)
