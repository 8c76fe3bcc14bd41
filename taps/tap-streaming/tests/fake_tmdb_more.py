"""A small TMDB with seasons, charts, and the files of its daily id exports."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tap_fakes import FakeTmdb

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests

MOST_PARTS = 20


class FakeTmdbMore(FakeTmdb):
    """TMDB with what a test puts in; seasons by series and number, charts by path."""

    def __init__(self) -> None:
        super().__init__()
        self.seasons: dict[int, dict[int, list[Any]]] = {}
        self.charts: dict[str, list[Any]] = {}
        self.exports: dict[str, bytes] = {}
        self.routes += [
            (r"/3/(movie|tv)/([a-z_]+)", self.chart),
            (r"/p/exports/(\S+)", self.export),
        ]

    def add_season(self, show: int, number: int, *episodes: int) -> None:
        """Add a season with episodes of these ids."""
        self.seasons.setdefault(show, {})[number] = [
            {
                "id": episode,
                "show_id": show,
                "season_number": number,
                "episode_number": place,
                "name": f"episode {episode}",
                "air_date": "",
                "runtime": 0,
                "crew": [],
                "guest_stars": [],
            }
            for place, episode in enumerate(episodes, 1)
        ]

    def detail(self, media_type: str, title: str, query: dict[str, str]) -> Any:
        """Return details with the appended parts that there are, as TMDB does."""
        found = self.titles[media_type].get(int(title))
        parts = [part for part in query.get("append_to_response", "").split(",") if part]
        if len(parts) > MOST_PARTS:
            return 400, {"success": False, "status_code": 27}, {}
        if found is None or media_type == "movie":
            return found
        seasons = self.seasons.get(int(title), {})
        listed = [
            {"id": 1000 + n, "season_number": n, "episode_count": len(episodes), "name": f"S{n}"}
            for n, episodes in seasons.items()
        ]
        appended = {
            f"season/{n}": {"_id": "x", "id": 1000 + n, "season_number": n, "episodes": episodes}
            for n, episodes in seasons.items()
            if f"season/{n}" in parts
        }
        return {**found, "seasons": listed, **appended}

    def chart(self, media_type: str, chart: str, query: dict[str, str]) -> Any:
        """Return a page of a chart."""
        return self.paged(self.charts[f"{media_type}/{chart}"], query)

    def write_export(self, media_type: str, day: str, ids: Iterable[int]) -> None:
        """Make the export of a day, with these ids."""
        lines = (json.dumps({"id": one, "popularity": 0.5, "video": False}) for one in ids)
        self.exports[export_name(media_type, day)] = gzip.compress("\n".join(lines).encode())

    def export(self, name: str, _: dict[str, str]) -> Any:
        """Return a file."""
        if name not in self.exports:
            return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}
        return 200, self.exports[name], {}

    def _response(self, request: requests.PreparedRequest, answer: Any) -> requests.Response:
        response = super()._response(request, answer)
        response.raw = BytesIO(response.content)
        return response


def export_name(media_type: str, day: str) -> str:
    """Return the name of the export of a day."""
    year, month, number = day.split("-")
    kind = {"movie": "movie_ids", "tv": "tv_series_ids"}[media_type]
    return f"{kind}_{month}_{number}_{year}.json.gz"
