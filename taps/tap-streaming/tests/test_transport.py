"""How requests travel: redirects, proxies, ``.netrc``, slow bodies, and answers kept on disk."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import CONFIG
from wire import Request, Wire

from tap_streaming.calls import Endpoint
from tap_streaming.errors import TapError
from tap_streaming.platforms import Platform
from tap_streaming.session import PlatformClient
from tap_streaming.streams.tmdb_base import TMDB
from tap_streaming.streams.tvmaze_base import TVMAZE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THING = Endpoint("/thing")
KEYED = Platform(key="keyed", title="Keyed", token="api_key", token_help="ask for one")
SECRET = "a-token-nobody-may-see"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def elsewhere() -> Iterator[Wire]:
    with Wire() as server:
        yield server


def connect(wire: Wire, platform: Platform = TMDB, **settings: Any) -> PlatformClient:
    config = {
        **CONFIG,
        "request_timeout": 20,
        "request_max_tries": 2,
        "user_agent": "a-tap/1",
        platform.url_setting: wire.url,
        platform.token_setting: SECRET,
        platform.rate_setting: 1e9,
        **settings,
    }
    return PlatformClient(platform, config, logging.getLogger("tap"), sleep=lambda _: None)


class TestRedirects:
    @pytest.mark.parametrize("platform", [TMDB, KEYED], ids=lambda one: one.key)
    def test_the_key_stays_on_its_host(
        self, wire: Wire, elsewhere: Wire, platform: Platform
    ) -> None:
        wire.answer = lambda request: request.reply({}, 302, Location=f"{elsewhere.url}/thing")
        assert connect(wire, platform).get(THING.call()) == {"id": 1}
        assert SECRET in str(wire.seen)
        assert len(elsewhere.seen) == 1
        assert SECRET not in str(elsewhere.seen)

    def test_the_key_goes_along_on_the_same_host(self, wire: Wire) -> None:
        def answer(request: Request) -> None:
            if request.path == "/thing":
                request.reply({}, 301, Location="/there")
            else:
                request.reply({"id": 2})

        wire.answer = answer
        assert connect(wire).get(THING.call()) == {"id": 2}
        assert [SECRET in str(seen) for seen in wire.seen] == [True, True]

    def test_going_round_in_circles_ends(self, wire: Wire) -> None:
        wire.answer = lambda request: request.reply({}, 302, Location="/thing")
        with pytest.raises(TapError, match=r"cannot reach TMDB .*TooManyRedirects"):
            connect(wire).get(THING.call())


class TestNetrc:
    @pytest.mark.parametrize("platform", [TMDB, KEYED, TVMAZE], ids=lambda one: one.key)
    def test_it_is_not_used(
        self,
        wire: Wire,
        elsewhere: Wire,
        platform: Platform,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        wire.answer = lambda request: request.reply({}, 302, Location=f"{elsewhere.url}/thing")
        connect(wire, platform).get(THING.call())
        assert not any("Basic" in str(seen) for seen in (*wire.seen, *elsewhere.seen))


class TestProxies:
    def test_requests_go_through_the_proxy_of_the_environment(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("http_proxy", wire.url)
        client = connect(wire, tmdb_api_url="http://platform.invalid/3")
        assert client.get(THING.call()) == {"id": 1}
        assert [path for path, _ in wire.seen] == ["http://platform.invalid/3/thing"]

    def test_a_proxy_that_is_not_there_is_one_line(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        client = connect(wire, tmdb_api_url="http://platform.invalid/3")
        with pytest.raises(TapError, match="the proxy variables") as caught:
            client.get(THING.call())
        assert "\n" not in str(caught.value)


class TestSlowBodies:
    def test_one_that_trickles_is_given_up_and_asked_for_again(self, wire: Wire) -> None:
        def answer(request: Request) -> None:
            if len(wire.seen) > 1:
                request.reply({"id": 1})
                return
            request.begin(Content_Length="1000000")
            while not wire.closing.wait(0.05):
                request.wfile.write(b" ")

        wire.answer = answer
        client = connect(wire, request_timeout=0.4)
        assert client.get(THING.call()) == {"id": 1}
        assert client.retries == 1

    def test_without_a_length_too(self, wire: Wire) -> None:
        def answer(request: Request) -> None:
            request.begin(Transfer_Encoding="chunked")
            while not wire.closing.wait(0.05):
                request.wfile.write(b"1\r\n \r\n")

        wire.answer = answer
        with pytest.raises(TapError, match=r"2 tries \(last: no answer within 0.4 s\)"):
            connect(wire, request_timeout=0.4).get(THING.call())

    def test_a_slow_one_that_ends_in_time_is_read(self, wire: Wire) -> None:
        def answer(request: Request) -> None:
            request.begin(Content_Length="10")
            for part in (b'{"id', b'": 1  ', b"}"):
                time.sleep(0.1)
                request.wfile.write(part[: 4 if part.startswith(b"{") else 5])

        wire.answer = answer
        assert connect(wire).get(THING.call()) == {"id": 1}


class Shelf:
    """A platform whose answers may be kept; it knows who has them already."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.clock = NOON
        self.age = timedelta()
        self.version = 1
        self.spoilt = 0
        self.statuses: list[int] = []
        wire.answer = self.answer

    def answer(self, request: Request) -> None:
        tag = f'"{self.version}"'
        date = format_datetime(self.clock - self.age, usegmt=True)
        headers = {"ETag": tag, "Cache_Control": "public, max-age=3600", "Date": date}
        if self.age:
            headers["Age"] = str(int(self.age.total_seconds()))
        if self.spoilt:
            self.spoilt -= 1
            self.reply(request, b'{"id": ', 200, headers)
        elif request.headers.get("If-None-Match") == tag:
            self.reply(request, b"", 304, headers)
        else:
            body = b'{"id": %d, "at": "%s"}' % (self.version, request.path.encode())
            self.reply(request, body, 200, headers)

    def reply(self, request: Request, body: bytes, status: int, headers: dict[str, str]) -> None:
        self.statuses.append(status)
        request.send_response_only(status)
        for name, value in {**headers, "Content_Length": str(len(body))}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    def asked(self) -> list[int]:
        """Return the statuses of the answers since the last call."""
        statuses, self.statuses = self.statuses, []
        return statuses


@pytest.fixture
def shelf(wire: Wire) -> Shelf:
    return Shelf(wire)


class TestKeptAnswers:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> Path:
        self.place = tmp_path / "answers" / "here"
        return self.place

    def client(self, shelf: Shelf, **settings: Any) -> PlatformClient:
        settings = {"http_cache_folder": str(self.place), **settings}
        return connect(shelf.wire, **settings)

    def read(self, shelf: Shelf, *things: int) -> list[int]:
        """Return the versions that a run reads."""
        client = self.client(shelf)
        client.now()
        return [client.get(THING.call({"n": thing}))["id"] for thing in things]

    def test_they_are_not_asked_for_while_they_hold(self, shelf: Shelf) -> None:
        assert self.read(shelf, 1, 2) == [1, 1]
        assert shelf.asked() == [200, 200, 200]
        shelf.version = 2
        shelf.clock += timedelta(minutes=59)
        assert self.read(shelf, 1, 2) == [1, 1]
        assert shelf.asked() == [200]

    def test_they_hold_by_the_platforms_clock(self, shelf: Shelf) -> None:
        self.read(shelf, 1)
        shelf.asked()
        shelf.clock += timedelta(hours=2)
        assert self.read(shelf, 1) == [1]
        assert shelf.asked() == [304, 304]
        shelf.clock += timedelta(hours=2)
        shelf.version = 2
        assert self.read(shelf, 1) == [2]
        assert shelf.asked() == [200, 200]
        shelf.clock -= timedelta(hours=9)
        shelf.version = 3
        assert self.read(shelf, 1) == [3]

    def test_the_time_on_the_way_counts(self, shelf: Shelf) -> None:
        shelf.age = timedelta(minutes=40)
        self.read(shelf, 1)
        shelf.asked()
        shelf.clock += timedelta(minutes=30)
        shelf.version = 2
        assert self.read(shelf, 1) == [2]

    def test_the_first_answer_of_a_run_is_a_new_one(self, shelf: Shelf) -> None:
        client = self.client(shelf)
        client.get(THING.call())
        shelf.clock += timedelta(hours=30)
        again = self.client(shelf)
        again.get(THING.call())
        assert shelf.asked() == [200, 304]
        assert again.now() == shelf.clock

    def test_a_spoilt_one_is_not_kept(self, shelf: Shelf) -> None:
        shelf.spoilt = 1
        client = self.client(shelf)
        client.now()
        assert client.get(THING.call())["id"] == 1
        shelf.spoilt = 2
        with pytest.raises(TapError, match="not whole JSON"):
            client.get(THING.call({"n": 2}))
        assert self.client(shelf, request_max_tries=1).get(THING.call({"n": 2}))["id"] == 1

    def test_no_key_is_on_disk(self, shelf: Shelf) -> None:
        shelf.clock += timedelta(hours=2)
        self.read(shelf, 1, 2, 3)
        self.read(shelf, 1, 2, 3)
        files = list(self.place.iterdir())
        assert {file.name for file in files} >= {"tmdb.sqlite"}
        assert SECRET in str(shelf.wire.seen)
        assert not any(SECRET.encode() in file.read_bytes() for file in files)
        with closing(sqlite3.connect(self.place / "tmdb.sqlite")) as database:
            (count,) = database.execute("SELECT count(*) FROM responses").fetchone()
        assert count == 4

    def test_old_ones_are_removed(self, shelf: Shelf) -> None:
        self.read(shelf, 1, 2, 3)
        with closing(sqlite3.connect(self.place / "tmdb.sqlite")) as database, database:
            long_ago = time.time() - 31 * 86400
            database.execute("UPDATE responses SET expires = ?", (long_ago,))
        self.client(shelf)
        with closing(sqlite3.connect(self.place / "tmdb.sqlite")) as database:
            assert database.execute("SELECT count(*) FROM responses").fetchone() == (0,)

    def test_a_folder_that_cannot_be_used_is_one_line(self, shelf: Shelf, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.write_text("x")
        self.place.mkdir(parents=True)
        (self.place / "tmdb.sqlite").write_bytes(b"this is no database, " * 100)
        for folder in (file, self.place, "/proc/nowhere"):
            with pytest.raises(TapError, match=r"tmdb\.sqlite .*http_cache_folder") as caught:
                self.client(shelf, http_cache_folder=str(folder))
            assert "\n" not in str(caught.value)

    def test_a_file_that_breaks_during_the_run_is_one_line(self, shelf: Shelf) -> None:
        self.read(shelf, *range(50))
        client = self.client(shelf)
        for file in self.place.iterdir():
            with file.open("r+b") as broken:
                broken.seek(0)
                broken.write(b"\0" * file.stat().st_size)
        calls = [THING.call({"n": thing}) for thing in range(50)]
        with pytest.raises(TapError, match="http_cache_folder") as caught:
            list(client.get_many(calls))
        assert "\n" not in str(caught.value)

    def test_platforms_that_do_not_allow_it_are_asked_each_time(self, shelf: Shelf) -> None:
        never = replace(TMDB, cacheable=False)
        for _ in range(2):
            connect(shelf.wire, never, http_cache_folder=str(self.place)).get(THING.call())
        assert shelf.asked() == [200, 200]
        assert not self.place.exists()
