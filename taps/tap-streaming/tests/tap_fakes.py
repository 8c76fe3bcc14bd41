"""Stand-ins for tests: a writer that keeps messages, and small platforms behind an adapter."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from singer_sdk.io_base import SingerWriter

from tap_streaming.tap import TapStreaming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Answer = tuple[int, Any, dict[str, str]]
CONFIG: dict[str, Any] = {
    "concurrent_requests": 1,
    "tmdb_access_token": "a-token",
    "tmdb_api_url": "http://tmdb.test/3",
    "tmdb_min_vote_count": 10,
    "tmdb_requests_per_second": 1e9,
    "tmdb_watch_countries": [],
    "tvmaze_api_url": "http://tvmaze.test",
    "tvmaze_requests_per_second": 1e9,
}


class Interrupted(BaseException):
    """Ends a run in the middle, as a killed target does."""


class Messages(SingerWriter):
    """Keeps what a tap writes, as another process would read it."""

    def __init__(self, stop_after: int | None = None) -> None:
        super().__init__()
        self.all: list[dict[str, Any]] = []
        self.stop_after = stop_after

    def write_message(self, message: Any) -> None:
        if self.stop_after is not None and len(self.all) >= self.stop_after:
            raise Interrupted
        self.all.append(json.loads(self.format_message(message)))

    def records(self, stream: str | None = None) -> list[dict[str, Any]]:
        return [
            message["record"]
            for message in self.all
            if message["type"] == "RECORD" and stream in (None, message["stream"])
        ]

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.all if message["type"] == "STATE"]

    def safe(self) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the messages up to the last state, and that state: all a target can count on."""
        places = [place for place, message in enumerate(self.all) if message["type"] == "STATE"]
        if not places:
            return [], None
        return self.all[: places[-1]], self.all[places[-1]]["value"]


def table(messages: Iterable[Mapping[str, Any]], tap: TapStreaming) -> dict[tuple[Any, ...], Any]:
    """Return what a target that upserts has in the end: key to record."""
    rows: dict[tuple[Any, ...], Any] = {}
    for message in messages:
        if message["type"] == "RECORD":
            keys = tap.streams[message["stream"]].primary_keys
            key = (message["stream"], *(message["record"][name] for name in keys))
            rows[key] = message["record"]
    return rows


def make_tap(
    streams: Iterable[str],
    state: Mapping[str, Any] | None = None,
    writer: Messages | None = None,
    **settings: Any,
) -> TapStreaming:
    tap = TapStreaming(
        config={**CONFIG, **settings},
        state=json.loads(json.dumps(state)) if state else None,
        message_writer=writer or Messages(),
    )
    wanted = set(streams)
    assert wanted <= tap.streams.keys()
    for name, stream in tap.streams.items():
        stream.selected = name in wanted
    return tap


def run(
    *streams: str,
    state: Mapping[str, Any] | None = None,
    stop_after: int | None = None,
    **settings: Any,
) -> Messages:
    writer = Messages(stop_after)
    with suppress(Interrupted):
        make_tap(streams, state, writer, **settings).sync_all()
    return writer


class FakeApi(BaseAdapter):
    """Answers requests from a table of routes and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = datetime(2026, 11, 23, 15, tzinfo=UTC)
        self.routes: list[tuple[str, Callable[..., Any]]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent: list[requests.PreparedRequest] = []
        self.faults: list[Answer | Exception] = []
        self.faulty = re.compile("")

    def counts(self) -> Counter[str]:
        return Counter(path for path, _ in self.asked)

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        path = parts.path
        query = dict(parse_qsl(parts.query))
        self.asked.append((path, query))
        self.sent.append(request)
        if self.faults and self.faulty.search(path):
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return self._response(request, fault)
        for pattern, handler in self.routes:
            match = re.fullmatch(pattern, path)
            if match:
                body = handler(*match.groups(), query)
                if isinstance(body, tuple):
                    return self._response(request, body)
                if body is None:
                    body = {"success": False, "status_code": 34, "status_message": "Not found."}
                    return self._response(request, (404, body, {}))
                return self._response(request, (200, body, {}))
        return self._response(request, (404, {"status_code": 34}, {}))

    def close(self) -> None:
        """Nothing to close."""

    def _response(self, request: requests.PreparedRequest, answer: Answer) -> requests.Response:
        status, body, headers = answer
        response = requests.Response()
        response.status_code = status
        response.request = request
        response.url = request.url or ""
        response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
        date_header = {"Date": format_datetime(self.clock, usegmt=True)}
        response.headers.update({**date_header, "Content-Type": "application/json", **headers})
        return response


class FakeTmdb(FakeApi):
    """TMDB with a page of 2 rows and as many titles as a test puts in."""

    page_size = 2

    def __init__(self) -> None:
        super().__init__()
        self.last_page = 500
        self.titles: dict[str, dict[int, dict[str, Any]]] = {"movie": {}, "tv": {}}
        self.doubtful: set[int] = set()
        self.feed: dict[tuple[str, str], list[Any]] = {}
        self.routes = [
            (r"/3/authentication", lambda _: {"success": True}),
            (r"/3/discover/(\w+)", self.discover),
            (r"/3/(movie|tv)/changes", self.changes),
            (r"/3/(movie|tv)/(\d+)", self.detail),
            (r"/3/(movie|tv)/(\d+)/watch/providers", self.offers),
        ]

    def add(self, media_type: str, title: int, day: str = "2020-01-01", votes: int = 50) -> None:
        named = "title" if media_type == "movie" else "name"
        self.titles[media_type][title] = {
            "id": title,
            named: f"{media_type} {title}",
            "release_date" if media_type == "movie" else "first_air_date": day,
            "vote_count": votes,
            "adult": False,
            "external_ids": {"imdb_id": f"tt{title}", "tvdb_id": title},
        }

    def change(self, media_type: str, day: str, *titles: Any) -> None:
        self.feed.setdefault((media_type, day), []).extend(titles)

    def discover(self, media_type: str, query: dict[str, str]) -> Any:
        field = "primary_release_date" if media_type == "movie" else "first_air_date"
        shown = "release_date" if media_type == "movie" else "first_air_date"
        low, high = query.get(f"{field}.gte"), query.get(f"{field}.lte")
        found = [
            title
            for title in self.titles[media_type].values()
            if title["vote_count"] >= int(query["vote_count.gte"])
            and (low is None or (title[shown] and title[shown] >= low))
            and (high is None or (title[shown] and title[shown] <= high))
        ]
        found.sort(key=lambda title: (title[shown], -title["id"]))
        return self.paged(found, query)

    def paged(self, rows: list[Any], query: dict[str, str]) -> Any:
        page = int(query.get("page", 1))
        if page > self.last_page:
            return 400, {"success": False, "status_code": 22}, {}
        return {
            "page": page,
            "results": rows[(page - 1) * self.page_size : page * self.page_size],
            "total_pages": max(1, -(-len(rows) // self.page_size)),
            "total_results": len(rows),
        }

    def changes(self, media_type: str, query: dict[str, str]) -> Any:
        first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        assert timedelta(0) <= last - first <= timedelta(days=1)
        rows = [
            {"id": title, "adult": None if title in [*self.doubtful] else False}
            for title in self.feed.get((media_type, first.isoformat()), [])
        ]
        return self.paged(rows, query)

    def detail(self, media_type: str, title: str, query: dict[str, str]) -> Any:
        assert "external_ids" in query["append_to_response"].split(",")
        return self.titles[media_type].get(int(title))

    def offers(self, media_type: str, title: str, _: dict[str, str]) -> Any:
        if int(title) not in self.titles[media_type]:
            return None
        offer = {"provider_id": 8, "provider_name": "Netflix", "display_priority": 1}
        us = {"link": "https://tmdb.test/watch", "flatrate": [offer], "buy": [offer]}
        return {"id": int(title), "results": {"US": us, "DE": {"link": "x", "ads": [offer]}}}


class FakeTvmaze(FakeApi):
    """TVmaze with as many shows as a test puts in."""

    def __init__(self) -> None:
        super().__init__()
        self.shows: dict[int, int] = {}
        self.routes = [
            (r"/shows", self.index),
            (r"/updates/shows", self.updates),
            (r"/shows/(\d+)", self.show),
            (r"/shows/(\d+)/episodes", self.episodes),
        ]

    @property
    def now(self) -> int:
        return int(self.clock.timestamp())

    def index(self, query: dict[str, str]) -> Any:
        page = int(query["page"])
        if page > max(self.shows, default=0) // 250:
            return None
        return [self.show(str(show), {}) for show in sorted(self.shows) if show // 250 == page]

    def updates(self, query: dict[str, str]) -> Any:
        spans = {"day": 1, "week": 7, "month": 30}
        floor = self.now - spans[query["since"]] * 86400 if "since" in query else 0
        return {str(show): moment for show, moment in self.shows.items() if moment >= floor}

    def show(self, show: str, _: dict[str, str]) -> Any:
        if int(show) not in self.shows:
            return None
        return {
            "id": int(show),
            "name": f"show {show}",
            "updated": self.shows[int(show)],
            "rating": {"average": 8},
            "externals": {"imdb": "", "thetvdb": 5, "tvrage": None},
            "premiered": "",
            "webChannel": {"id": 1, "name": "Web", "country": None},
            "_links": {},
        }

    def episodes(self, show: str, query: dict[str, str]) -> Any:
        assert query == {"specials": "1"}
        if int(show) not in self.shows:
            return None
        return [
            {"id": int(show) * 100 + number, "season": 1, "number": number or None, "airdate": ""}
            for number in range(3)
        ]
