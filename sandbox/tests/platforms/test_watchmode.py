"""Watchmode: keys, titles, offers, lists, the calendar of releases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.watchmode.bodies import title_id
from sandbox.platforms.watchmode.dictionaries import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.inprocess import InProcessClient, Reply
    from sandbox.platforms.server import PlatformServer
    from sandbox.world import TitleView, World

ENABLED = {"US", "GB", "DE"}
WRONG_KEY = {"success": False, "errorMessage": "Please enter a valid API key."}


@pytest.fixture
def ask(client: InProcessClient) -> Callable[[str], Reply]:
    return lambda path: client.get(f"/watchmode/v1{path}", headers={"X-API-Key": "sandbox"})


@pytest.fixture
def watchmode(ask: Callable[[str], Reply]) -> Any:
    """Ask with the key; returns the parsed body of an answer with the status wanted."""

    def get(path: str, status: int = 200) -> Any:
        answer = ask(path)
        assert answer.status_code == status, answer.text
        return answer.json()

    return get


@pytest.fixture
def ids(server: PlatformServer) -> Callable[[TitleView], int]:
    index = server.live.snapshot().index
    return lambda view: title_id(index.tmdb[view.media_type, view.tmdb_id])


class TestKeys:
    @pytest.mark.parametrize(
        ("query", "headers"),
        [
            ("", {"X-API-Key": "sandbox"}),
            ("", {"Authorization": "Bearer sandbox"}),
            ("?apiKey=sandbox", {}),
        ],
    )
    def test_three_places_for_the_key(
        self, client: InProcessClient, query: str, headers: dict[str, str]
    ) -> None:
        for slash in ("", "/"):
            answer = client.get(f"/watchmode/v1/genres{slash}{query}", headers=headers)
            assert answer.status_code == 200

    @pytest.mark.parametrize("headers", [{}, {"X-API-Key": "other"}, {"Authorization": "sandbox"}])
    def test_without_it_all_is_401(self, client: InProcessClient, headers: dict[str, str]) -> None:
        for path in ("status", "title/1/details/", "no/such/path"):
            answer = client.get(f"/watchmode/v1/{path}", headers=headers)
            assert (answer.status_code, answer.json()) == (401, WRONG_KEY)
            assert "x-account-quota" not in answer.headers

    def test_unknown_paths_and_the_changes_of_paid_plans(self, watchmode: Any) -> None:
        assert watchmode("/nothing", 404)["statusCode"] == 404
        assert watchmode("/changes/titles_sources_changed/", 401)["statusCode"] == 401
        assert watchmode("/changes/bad/", 400)["statusCode"] == 400


class TestTitles:
    def test_by_any_id(self, watchmode: Any, series: list[TitleView], ids: Any) -> None:
        known = [view for view in series if view.imdb_id]
        bodies = [watchmode(f"/title/{ids(view)}/details") for view in known[:30]]
        for view, body in zip(known, bodies, strict=False):
            assert watchmode(f"/title/{view.imdb_id}/details/") == body
            by_tmdb = watchmode(
                f"/title/tv-{view.tmdb_id}/details", 200 if body["tmdb_id"] else 404
            )
            assert by_tmdb == body or body["tmdb_id"] is None

    def test_unknown_ids(self, watchmode: Any) -> None:
        for key in ("1", "tt0000000", "movie-999999999", "song-5", "nothing"):
            assert watchmode(f"/title/{key}/details", 404)["success"] is False

    def test_ids_are_unique(self, world: World) -> None:
        keys = [title_id(title) for title in world.catalogue.titles]
        assert len(keys) == len(set(keys))

    def test_some_titles_have_no_tmdb_id(self, watchmode: Any) -> None:
        rows = watchmode("/list-titles?limit=250")["titles"]
        bare = [row for row in rows if row["tmdb_id"] is None]
        assert 0 < len(bare) < len(rows) / 10
        assert {row["tmdb_type"] for row in bare} == {None}

    def test_parts_are_the_endpoints(
        self, watchmode: Any, series: list[TitleView], ids: Any
    ) -> None:
        number = ids(next(view for view in series if view.offers.get("US") and view.seasons))
        plain = watchmode(f"/title/{number}/details")
        query = "append_to_response=sources,seasons,episodes,cast-crew,nonsense"
        body = watchmode(f"/title/{number}/details?{query}")
        for key, path in (
            ("sources", "sources"),
            ("seasons", "seasons"),
            ("episodes", "episodes"),
            ("cast", "cast-crew"),
        ):
            part = body.pop(key)
            assert part
            assert part == watchmode(f"/title/{number}/{path}/")
        assert body == plain

    def test_seasons_and_episodes(self, watchmode: Any, series: list[TitleView], ids: Any) -> None:
        view = next(
            view
            for view in series
            if len(view.seasons) > 1
            and any(item.number is None for season in view.seasons for item in season.episodes)
        )
        seasons = watchmode(f"/title/{ids(view)}/seasons")
        numbers = [season["number"] for season in seasons]
        assert numbers[-1] is None
        assert numbers[:-1] == sorted((one.number for one in view.seasons), reverse=True)
        episodes = watchmode(f"/title/{ids(view)}/episodes")
        regular = [season["id"] for season in seasons[:-1]]
        assert {episode["season_id"] for episode in episodes} == set(regular)
        for season in seasons[:-1]:
            held = [one for one in episodes if one["season_id"] == season["id"]]
            assert len(held) == season["episode_count"]

    def test_films_have_no_seasons(self, watchmode: Any, films: list[TitleView], ids: Any) -> None:
        for name in ("seasons", "episodes"):
            assert watchmode(f"/title/{ids(films[0])}/{name}") == []

    def test_people_are_those_of_tmdb(
        self, watchmode: Any, tmdb: Any, films: list[TitleView], ids: Any
    ) -> None:
        names = {row["full_name"] for row in watchmode(f"/title/{ids(films[0])}/cast-crew")}
        body = tmdb(f"/movie/{films[0].tmdb_id}/credits")
        assert names == {row["name"] for row in [*body["cast"], *body["crew"]]}


class TestOffers:
    @staticmethod
    def keys(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [(r["source_id"], r["region"], r["type"], r["format"]) for r in rows]

    def test_offers_are_those_of_the_world(
        self, watchmode: Any, films: list[TitleView], series: list[TitleView], ids: Any
    ) -> None:
        names = {"flatrate": "sub", "ads": "free", "free": "free", "rent": "rent", "buy": "buy"}
        formats: dict[str, set[str]] = {}
        for view in (*films[:150], *series[:50]):
            rows = watchmode(f"/title/{ids(view)}/sources")
            assert len(set(self.keys(rows))) == len(rows)
            assert {(row["region"], row["type"]) for row in rows} == {
                (country, names[kind])
                for country, kinds in view.offers.items()
                if country in ENABLED
                for kind in kinds
            }
            for row in rows:
                formats.setdefault(row["type"], set()).add(row["format"])
                assert row["ios_url"] == "Deeplinks available for paid plans only."
                assert (row["price"] is not None) == (row["type"] in ("rent", "buy"))
                assert (row["seasons"] is None) == (view.media_type == "movie")
        assert formats["buy"] == {"SD", "HD", "4K"}
        assert formats["sub"] == {"HD", "4K"}

    def test_regions(self, watchmode: Any, films: list[TitleView], ids: Any) -> None:
        view = next(film for film in films if {"US", "GB", "FR"} <= set(film.offers))
        path = f"/title/{ids(view)}"
        rows = watchmode(f"{path}/sources?regions=US,GB")
        assert {row["region"] for row in rows} == {"US", "GB"}
        found = watchmode(f"{path}/details?append_to_response=sources&regions=US,GB")
        assert found["sources"] == rows
        assert watchmode(f"{path}/sources?regions=FR") == []

    def test_dictionaries_name_what_offers_use(
        self, watchmode: Any, films: list[TitleView], ids: Any
    ) -> None:
        sources = {row["id"]: row for row in watchmode("/sources")}
        for view in films[:60]:
            for row in watchmode(f"/title/{ids(view)}/sources"):
                source = sources[row["source_id"]]
                assert source["name"] == row["name"]
                assert row["region"] in source["regions"]
                assert source["type"] == row["type"] or source["type"] == "purchase"

    def test_sources_have_doubled_regions_and_filters(self, watchmode: Any) -> None:
        rows = watchmode("/sources")
        lower = [row for row in rows if any(code.islower() for code in row["regions"])]
        assert 0 < len(lower) < len(rows)
        for row in lower:
            assert {code.upper() for code in row["regions"] if code.islower()} <= set(
                row["regions"]
            )
        assert {row["type"] for row in watchmode("/sources?types=rent")} == {"purchase"}
        assert 0 < len(watchmode("/sources?regions=JP&types=sub")) < len(rows)

    def test_three_countries_are_enabled(self, watchmode: Any) -> None:
        rows = watchmode("/regions")
        assert {row["country"] for row in rows if row["plan_enabled"]} == ENABLED

    def test_genres_and_channels(self, watchmode: Any, series: list[TitleView], ids: Any) -> None:
        genres = {row["id"]: row["name"] for row in watchmode("/genres")}
        channels = {row["id"]: row["name"] for row in watchmode("/networks")}
        for view in series[:40]:
            body = watchmode(f"/title/{ids(view)}/details")
            assert {genres[key] for key in body["genres"]} == set(body["genre_names"])
            assert [channels[key] for key in body["networks"] or ()] == body["network_names"]


class TestLists:
    def test_all_pages_hold_every_title(
        self, watchmode: Any, films: list[TitleView], series: list[TitleView], ids: Any
    ) -> None:
        first = watchmode("/list-titles?limit=90")
        assert first["total_results"] == len(films) + len(series)
        found = [row["id"] for row in first["titles"]]
        for page in range(2, first["total_pages"] + 1):
            found += [
                row["id"] for row in watchmode(f"/list-titles/?limit=90&page={page}")["titles"]
            ]
        assert sorted(found) == sorted(ids(view) for view in (*films, *series))
        assert watchmode("/list-titles?page=999")["titles"] == []
        assert len(watchmode("/list-titles")["titles"]) == 250

    def test_filters(self, watchmode: Any, films: list[TitleView], ids: Any) -> None:
        def keys(query: str) -> set[int]:
            pages = watchmode(f"/list-titles?{query}")["total_pages"]
            return {
                row["id"]
                for page in range(1, pages + 1)
                for row in watchmode(f"/list-titles?{query}&page={page}")["titles"]
            }

        assert keys("types=movie") == {ids(film) for film in films}
        netflix = keys("source_ids=203&regions=GB&types=movie")
        assert netflix == {
            ids(film)
            for film in films
            if any(s.provider_id == 8 for s in film.offers.get("GB", {}).get("flatrate", ()))
        }
        assert keys("source_types=free") == keys("source_types=free&regions=US")
        assert keys("regions=US,GB") == keys("regions=US") | keys("regions=GB")
        comedies = keys("types=movie&genres=4")
        assert comedies == {ids(f) for f in films if 35 in {genre.id for genre in f.genres}}
        old = keys("types=movie&release_date_start=19900101&release_date_end=19991231")
        assert old == {
            ids(f) for f in films if f.release_date and 1990 <= f.release_date.year <= 1999
        }

    def test_orders(self, watchmode: Any) -> None:
        titles = [row["title"] for row in watchmode("/list-titles?sort_by=title_asc")["titles"]]
        assert titles == sorted(titles)
        years = [
            row["year"] for row in watchmode("/list-titles?sort_by=release_date_desc")["titles"]
        ]
        assert years == sorted(years, reverse=True)

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=251",
            "limit=many",
            "page=0",
            "sort_by=best",
            "release_date_start=someday",
            "source_ids=203&regions=US,GB",
        ],
    )
    def test_wrong_parameters(self, watchmode: Any, query: str) -> None:
        body = watchmode(f"/list-titles?{query}", 400)
        assert (body["success"], body["statusCode"]) == (False, 400)


class TestReleases:
    def test_thirty_days_around_today(self, watchmode: Any, world: World) -> None:
        rows = watchmode("/releases?limit=500")["releases"]
        days = [row["source_release_date"] for row in rows]
        assert days == sorted(days)
        today = world.start.date()
        assert (today - timedelta(days=31)).isoformat() <= days[0] < today.isoformat()
        assert today.isoformat() < days[-1] <= (today + timedelta(days=30)).isoformat()
        assert {row["is_original"] for row in rows} == {0, 1}
        assert all((row["season_number"] is None) == (row["type"] == "movie") for row in rows)
        keys = [
            (r["id"], r["source_id"], r["source_release_date"], r["season_number"]) for r in rows
        ]
        assert len(set(keys)) == len(keys)

    def test_days_and_limit_without_pages(self, watchmode: Any) -> None:
        rows = watchmode("/releases?limit=500")["releases"]
        some = watchmode("/releases/?start_date=20261101&end_date=20261110")["releases"]
        assert some == [
            row for row in rows if "2026-11-01" <= row["source_release_date"] <= "2026-11-10"
        ]
        assert watchmode("/releases?limit=5&page=2")["releases"] == rows[:5]
        watchmode("/releases?limit=501", 400)
        watchmode("/releases?start_date=2026-11", 400)

    def test_what_was_released_was_offered_on_that_day(self, watchmode: Any, world: World) -> None:
        titles = {title_id(title): title for title in world.catalogue.titles}
        checked = 0
        for row in watchmode("/releases?limit=500&end_date=20261123")["releases"]:
            noon = time(12, tzinfo=UTC)
            day = datetime.combine(date.fromisoformat(row["source_release_date"]), noon)
            view = titles[row["id"]].at(day)
            if view is not None:
                offered = [
                    SOURCES[s.provider_id] for some in view.offers["US"].values() for s in some
                ]
                assert (row["source_id"], row["source_name"]) in [(s.id, s.name) for s in offered]
                checked += 1
        assert checked
