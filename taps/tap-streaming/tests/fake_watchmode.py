"""A small Watchmode that counts credits as the real one does."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import tap_fakes
from tap_fakes import FakeApi

if TYPE_CHECKING:
    import requests

URL = "http://watchmode.test/v1"
SETTINGS: dict[str, Any] = {
    "watchmode_api_key": "a-key",
    "watchmode_api_url": URL,
    "watchmode_monthly_credits": 100_000,
    "watchmode_requests_per_second": 1e9,
}
PLACEHOLDER = "Deep links are for other plans."
RELEASES, SOURCES, TITLES = "watchmode_releases", "watchmode_sources", "watchmode_titles"
ALL = (RELEASES, SOURCES, TITLES)

run = partial(tap_fakes.run, **SETTINGS)
make_tap = partial(tap_fakes.make_tap, **SETTINGS)


class FakeWatchmode(FakeApi):
    """Watchmode with as many titles, services and releases as a test puts in.

    Attributes:
        quota: Credits of a month; what would cost more is refused.
        bills: What each answered request cost, with its day.
        popular: Ids of titles, the most popular first.
        most_releases: Rows that ``/releases`` gives at most.
        ends_count: Whether its first and last day are part of what is asked for; the
            documentation does not tell.
    """

    def __init__(self) -> None:
        super().__init__()
        self.quota = 100_000
        self.bills: list[tuple[datetime, str, int]] = []
        self.popular: list[int] = []
        self.titles: dict[int, dict[str, Any]] = {}
        self.sources: list[Any] = [{"id": 203, "name": "Netflix", "regions": ["US", "GB", "us"]}]
        self.releases: list[Any] = []
        self.most_releases = 500
        self.ends_count = False
        self.clock = datetime(2026, 11, 2, 9, tzinfo=UTC)
        self.routes = [
            ("/v1/status", lambda _: {"quota": self.quota, "quotaUsed": self.used}),
            ("/v1/sources", lambda _: self.sources),
            ("/v1/list-titles", self.list_titles),
            ("/v1/releases", self.list_releases),
            ("/v1/title/([^/]+)/details", self.detail),
        ]

    @property
    def used(self) -> int:
        month = (self.clock.year, self.clock.month)
        return sum(cost for when, _, cost in self.bills if (when.year, when.month) == month)

    def used_on(self, day: str) -> int:
        return sum(cost for when, _, cost in self.bills if when.date().isoformat() == day)

    def paid(self) -> list[str]:
        """Return the paths asked for since the last time that cost something."""
        paths = [path for path, _ in self.asked if path != "/v1/status"]
        self.asked.clear()
        return paths

    def add(self, title: int, media_type: str = "movie", tmdb_id: int | None = None) -> None:
        offer = {
            "source_id": 203, "name": "Netflix", "type": "sub", "region": "us", "format": "HD",
            "ios_url": PLACEHOLDER, "android_url": PLACEHOLDER,
            "web_url": "https://watch.test/1", "price": None, "seasons": None, "episodes": None,
        }  # fmt: skip
        self.popular.append(title)
        self.titles[title] = {
            "id": title,
            "title": f"title {title}",
            "type": "movie" if media_type == "movie" else "tv_series",
            "tmdb_id": tmdb_id if tmdb_id is not None else title + 50_000,
            "tmdb_type": media_type,
            "trailer": "",
            "sources": [offer],
        }

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        if request.headers.get("X-API-Key") != "a-key":
            body = {"success": False, "errorMessage": "No such key."}
            return self._response(request, (401, body, {}))
        before = self.used
        response = super().send(request)
        cost = self._cost(*self.asked[-1])
        if response.status_code in (200, 404) and before + cost > self.quota:
            headers = {
                "X-Account-Quota": str(self.quota), "X-Account-Quota-Used": str(self.quota),
            }  # fmt: skip
            return self._response(request, (429, {"success": False}, headers))
        self.bills.append((self.clock, self.asked[-1][0], cost))
        return response

    def _cost(self, path: str, query: dict[str, str]) -> int:
        if path == "/v1/status":
            return 0
        if path == "/v1/list-titles":
            return len(query["regions"].split(",")) if "regions" in query else 1
        if path.endswith("/details"):
            own = path.split("/")[3].isdecimal()
            return (1 if own else 2) + len(query["append_to_response"].split(","))
        return 1

    def list_titles(self, query: dict[str, str]) -> Any:
        assert query["sort_by"] == "popularity_desc"
        size, page = int(query["limit"]), int(query["page"])
        assert 1 <= size <= 250
        rows = [{"id": title} for title in self.popular[(page - 1) * size : page * size]]
        return {
            "titles": rows,
            "page": page,
            "total_results": len(self.popular),
            "total_pages": -(-len(self.popular) // size),
        }

    def list_releases(self, query: dict[str, str]) -> Any:
        first, last = (
            f"{query[name][:4]}-{query[name][4:6]}-{query[name][6:]}"
            for name in ("start_date", "end_date")
        )
        rows = [
            row
            for row in self.releases
            if first < row["source_release_date"] < last
            or (self.ends_count and row["source_release_date"] in (first, last))
        ]
        return {"releases": rows[: min(self.most_releases, int(query["limit"]))]}

    def detail(self, name: str, query: dict[str, str]) -> Any:
        assert query["append_to_response"] == "sources"
        kind, _, number = name.rpartition("-")
        for title in self.titles.values():
            if kind and (title["tmdb_type"], title["tmdb_id"]) == (kind, int(number)):
                return title
        return None if kind else self.titles.get(int(number))


def release(title: int, day: str, source: int = 203, season: int | None = None) -> dict[str, Any]:
    """Return a row of the calendar."""
    return {
        "id": title, "title": f"title {title}", "type": "tv_series" if season else "movie",
        "tmdb_id": title, "tmdb_type": "tv" if season else "movie", "imdb_id": None,
        "season_number": season, "source_release_date": day, "source_id": source,
        "source_name": "Netflix", "is_original": 1, "poster_url": "",
    }  # fmt: skip
