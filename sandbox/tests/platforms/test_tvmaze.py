"""TVmaze: index, shows, episodes, updates, lookups, schedules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.platforms.inprocess import InProcessClient
    from sandbox.platforms.server import PlatformServer
    from sandbox.world import TitleView, World

NOT_FOUND = {"name": "Not Found", "message": "", "code": 0, "status": 404}


@pytest.fixture
def shows(server: PlatformServer) -> Mapping[int, TitleView]:
    return server.live.snapshot().shows


class TestIndex:
    def test_all_pages_hold_every_show(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        found: list[int] = []
        last = max(shows) // 250
        for page in range(last + 1):
            rows = tvmaze(f"/shows?page={page}")
            assert all(250 * page <= row["id"] < 250 * (page + 1) for row in rows)
            found += [row["id"] for row in rows]
        assert found == list(shows)
        assert tvmaze(f"/shows?page={last + 1}", 404) == NOT_FOUND

    def test_first_page_by_default(self, tvmaze: Any) -> None:
        assert tvmaze("/shows") == tvmaze("/shows?page=0")

    def test_a_page_is_short(self, tvmaze: Any) -> None:
        assert 0 < len(tvmaze("/shows?page=0")) < 250


class TestShow:
    def test_unknown(self, tvmaze: Any) -> None:
        for path in ("", "/episodes", "/seasons", "/cast"):
            assert tvmaze(f"/shows/99999999{path}", 404) == NOT_FOUND
        assert tvmaze("/no/such/path", 404) == NOT_FOUND

    def test_updated_is_that_of_the_map(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        updates = tvmaze("/updates/shows")
        for number in list(shows)[:20]:
            assert tvmaze(f"/shows/{number}")["updated"] == updates[str(number)]

    def test_embeds(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        number = next(key for key, view in shows.items() if view.seasons)
        plain = tvmaze(f"/shows/{number}")
        body = tvmaze(f"/shows/{number}?embed[]=episodes&embed[]=seasons")
        embedded = body.pop("_embedded")
        assert body == plain
        assert embedded == {
            "episodes": tvmaze(f"/shows/{number}/episodes"),
            "seasons": tvmaze(f"/shows/{number}/seasons"),
        }
        single = tvmaze(f"/shows/{number}?embed=seasons")
        assert list(single["_embedded"]) == ["seasons"]
        assert tvmaze(f"/shows/{number}?embed=prices", 400)["status"] == 400

    def test_types_vary(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        rows = [tvmaze(f"/shows/{number}") for number in shows]
        ratings = {type(row["rating"]["average"]) for row in rows}
        assert ratings == {float, int, type(None)}
        carried = {(row["network"] is None, row["webChannel"] is None) for row in rows}
        assert len(carried) == 4
        assert {row["schedule"]["time"] == "" for row in rows} == {True, False}
        assert any(row["externals"]["imdb"] is None for row in rows)
        assert any(row["externals"]["thetvdb"] is None for row in rows)
        assert any(row["webChannel"] and row["webChannel"]["country"] is None for row in rows)
        assert any(row["genres"] == [] for row in rows)


class TestEpisodes:
    def test_specials_on_demand(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        number = next(
            key
            for key, view in shows.items()
            if any(item.number is None for season in view.seasons for item in season.episodes)
        )
        plain = tvmaze(f"/shows/{number}/episodes")
        everything = tvmaze(f"/shows/{number}/episodes?specials=1")
        extra = [row for row in everything if row not in plain]
        assert extra
        assert all(row["number"] is None for row in extra)
        assert all("special" in row["type"] for row in extra)
        assert [row for row in everything if row in plain] == plain

    def test_by_id_and_by_season(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        number = next(key for key, view in shows.items() if view.seasons)
        season = tvmaze(f"/shows/{number}/seasons")[0]
        assert tvmaze(f"/seasons/{season['id']}") == season
        rows = tvmaze(f"/seasons/{season['id']}/episodes")
        assert tvmaze(f"/episodes/{rows[0]['id']}") == rows[0]
        assert {row["season"] for row in rows} == {season["number"]}
        assert tvmaze("/episodes/99999999", 404) == NOT_FOUND
        assert tvmaze("/seasons/99999999", 404) == NOT_FOUND

    def test_air_times(self, tvmaze: Any, shows: Mapping[int, TitleView]) -> None:
        for number, view in list(shows.items())[:60]:
            carrier = next((network for network in view.networks if network.country), None)
            for row in tvmaze(f"/shows/{number}/episodes?specials=1"):
                if row["airdate"] == "":
                    assert row["airstamp"] is None
                    continue
                instant = datetime.fromisoformat(row["airstamp"])
                assert instant.utcoffset() == timedelta(0)
                if row["airtime"] == "" or carrier is None:
                    assert (instant.hour, instant.date().isoformat()) == (12, row["airdate"])


class TestUpdates:
    def test_since(self, tvmaze: Any, world: World) -> None:
        clock = (world.start + timedelta(hours=9)).timestamp()
        everything = tvmaze("/updates/shows")
        assert max(everything.values()) <= clock
        sizes = []
        for name, days in (("day", 1), ("week", 7), ("month", 30)):
            found = tvmaze(f"/updates/shows?since={name}")
            least = clock - days * 86400
            assert found == {key: at for key, at in everything.items() if at >= least}
            sizes.append(len(found))
        assert 0 < sizes[0] <= sizes[1] <= sizes[2] <= len(everything)
        assert tvmaze("/updates/shows?since=year", 400)["status"] == 400

    def test_a_gone_show_is_gone_everywhere(
        self, tvmaze: Any, world: World, later: Callable[[timedelta], None]
    ) -> None:
        clock = world.start + timedelta(hours=9)
        deleted = [
            (title.deleted_at, title.tvmaze_id)
            for title in world.catalogue.titles
            if title.tvmaze_id and title.deleted_at and title.deleted_at > clock
        ]
        at, number = min(deleted)
        later(at - clock - timedelta(seconds=1))
        assert str(number) in tvmaze("/updates/shows")
        tvmaze(f"/shows/{number}")
        later(at - clock)
        assert str(number) not in tvmaze("/updates/shows")
        tvmaze(f"/shows/{number}", 404)


class TestLookup:
    def test_redirects(self, client: InProcessClient, shows: Mapping[int, TitleView]) -> None:
        number, view = next(pair for pair in shows.items() if pair[1].imdb_id and pair[1].tvdb_id)
        for query in (f"imdb={view.imdb_id}", f"thetvdb={view.tvdb_id}"):
            answer = client.get(f"/tvmaze/lookup/shows?{query}")
            assert answer.status_code == 301
            assert answer.headers["location"] == f"http://testserver/tvmaze/shows/{number}"

    def test_misses(self, tvmaze: Any) -> None:
        assert tvmaze("/lookup/shows?imdb=tt0000000", 404) == NOT_FOUND
        assert tvmaze("/lookup/shows", 404) == NOT_FOUND


class TestSchedules:
    @staticmethod
    def days(world: World) -> list[str]:
        return [(world.start + timedelta(days=ahead)).date().isoformat() for ahead in range(-30, 9)]

    def test_broadcast(self, tvmaze: Any, world: World, shows: Mapping[int, TitleView]) -> None:
        countries = {
            network.country.code
            for view in shows.values()
            for network in view.networks
            if network.country and not network.is_web
        }
        found = 0
        for country in countries:
            for day in self.days(world):
                rows = tvmaze(f"/schedule?country={country}&date={day}")
                found += len(rows)
                assert {row["airdate"] for row in rows} <= {day}
                assert {row["show"]["network"]["country"]["code"] for row in rows} <= {country}
        assert found

    def test_defaults(self, tvmaze: Any, world: World) -> None:
        today = world.start.date().isoformat()
        assert tvmaze("/schedule") == tvmaze(f"/schedule?country=US&date={today}")
        assert tvmaze("/schedule/web") == tvmaze(f"/schedule/web?date={today}")
        assert tvmaze("/schedule?date=someday", 400)["status"] == 400

    def test_web(self, tvmaze: Any, world: World) -> None:
        def ids(query: str) -> set[int]:
            return {
                row["id"]
                for day in self.days(world)
                for row in tvmaze(f"/schedule/web?date={day}{query}")
            }

        everything, worldwide, local = ids(""), ids("&country="), ids("&country=US")
        assert worldwide | local <= everything
        assert not worldwide & local
        assert worldwide
        for day in self.days(world):
            for row in tvmaze(f"/schedule/web?date={day}&country="):
                assert row["_embedded"]["show"]["webChannel"]["country"] is None
                assert "show" not in row
