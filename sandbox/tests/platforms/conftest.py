"""A small world, and a server that plays the platforms from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.inprocess import InProcessClient
from sandbox.platforms.live import Live
from sandbox.platforms.server import PlatformServer
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.world import TitleView

START = datetime(2026, 11, 23, tzinfo=UTC)
CLOCK = START + timedelta(hours=9)

Get = Callable[..., Any]


@pytest.fixture(scope="session")
def world() -> World:
    return World(seed=7, scale=0.02, start=START)


@pytest.fixture(scope="session")
def shared(world: World, tmp_path_factory: pytest.TempPathFactory) -> PlatformServer:
    """One server for all tests that leave its world alone; building the titles takes seconds."""
    path = tmp_path_factory.mktemp("world") / "world.json"
    world.save(path, CLOCK)
    return PlatformServer(Live(path))


@pytest.fixture
def server(shared: PlatformServer) -> Iterator[PlatformServer]:
    shared.faults.clear()
    shared.ledger.reset()
    yield shared
    shared.faults.clear()


@pytest.fixture
def client(server: PlatformServer) -> InProcessClient:
    return InProcessClient(server)


@pytest.fixture
def tmdb(client: InProcessClient) -> Get:
    """Ask TMDB with the key; returns the parsed body of an answer with the status wanted."""

    def get(path: str, status: int = 200, **query: Any) -> Any:
        answer = client.get(
            f"/tmdb/3{path}",
            params={name.replace("__", "."): value for name, value in query.items()},
            headers={"Authorization": "Bearer sandbox"},
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    return get


@pytest.fixture
def tvmaze(client: InProcessClient) -> Get:
    """Ask TVmaze; returns the parsed body of an answer with the status wanted."""

    def get(path: str, status: int = 200) -> Any:
        answer = client.get(f"/tvmaze{path}")
        assert answer.status_code == status, answer.text
        return answer.json()

    return get


@pytest.fixture
def streaming(client: InProcessClient) -> Get:
    """Ask Streaming Availability; returns the parsed body of an answer with the status wanted.

    ``from_`` stands for the parameter ``from``.
    """

    def get(path: str, status: int = 200, **query: Any) -> Any:
        answer = client.get(
            f"/streaming-availability{path}",
            params={name.rstrip("_"): value for name, value in query.items()},
            headers={"X-API-Key": "sandbox"},
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    return get


@pytest.fixture
def streaming_rows(streaming: Get) -> Get:
    """Read what all pages of one of Streaming Availability's lists hold under a name."""

    def read(path: str, name: str, **query: Any) -> list[Any]:
        body = streaming(path, **query)
        rows = list(body[name])
        while body["hasMore"]:
            body = streaming(path, **query, cursor=body["nextCursor"])
            assert body[name]
            rows += body[name]
        assert "nextCursor" not in body
        return rows

    return read


@pytest.fixture
def later(world: World, shared: PlatformServer) -> Iterator[Callable[[timedelta], None]]:
    """Move the clock of the shared server for one test."""
    moved = shared.live._file

    def move(step: timedelta) -> None:
        world.save(moved, CLOCK + step)

    yield move
    world.save(moved, CLOCK)


@pytest.fixture
def pages(tmdb: Get) -> Get:
    """Read the rows of all pages of one of TMDB's lists."""

    def read(path: str, **query: Any) -> list[dict[str, Any]]:
        first = tmdb(path, page=1, **query)
        rows = list(first["results"])
        for page in range(2, first["total_pages"] + 1):
            rows += tmdb(path, page=page, **query)["results"]
        return rows

    return read


@pytest.fixture
def films(server: PlatformServer) -> list[TitleView]:
    return list(server.live.snapshot().titles["movie"])


@pytest.fixture
def series(server: PlatformServer) -> list[TitleView]:
    return list(server.live.snapshot().titles["tv"])
