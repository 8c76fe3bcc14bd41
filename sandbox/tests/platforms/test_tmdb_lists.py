"""Lists of TMDB: pages, filters, charts, change feeds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.tmdb.lists import paged

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.world import TitleView, World

MEDIA_TYPES = ("movie", "tv")


def code(body: dict[str, Any]) -> tuple[bool, int]:
    return body["success"], body["status_code"]


class TestPages:
    @pytest.mark.parametrize("page", ["0", "501", "-1", "one", "1.5"])
    @pytest.mark.parametrize("path", ["/discover/movie", "/tv/popular", "/movie/changes"])
    def test_impossible_pages(self, tmdb: Any, path: str, page: str) -> None:
        assert code(tmdb(path, 400, page=page)) == (False, 22)

    def test_a_page_has_20_rows_and_the_counts(self, tmdb: Any, films: list[TitleView]) -> None:
        body = tmdb("/discover/movie")
        assert list(body) == ["page", "results", "total_pages", "total_results"]
        assert len(body["results"]) == min(20, len(films))
        assert body["total_results"] == len(films)

    def test_after_the_last_page_there_is_nothing(self, tmdb: Any) -> None:
        body = tmdb("/discover/movie", page=500)
        assert body["results"] == []
        assert body["page"] == 500

    def test_all_pages_together_hold_every_title(self, pages: Any, films: list[TitleView]) -> None:
        for order in ("popularity.desc", "vote_count.asc", "primary_release_date.desc"):
            rows = pages("/discover/movie", sort_by=order)
            assert {row["id"] for row in rows} == {film.tmdb_id for film in films}

    def test_lists_by_popularity_drift(self, tmdb: Any) -> None:
        first, second = (tmdb("/movie/popular", page=page)["results"] for page in (1, 2))
        assert second[0]["id"] == first[-1]["id"]
        first, second = (
            tmdb("/discover/movie", page=page, sort_by="vote_count.desc")["results"]
            for page in (1, 2)
        )
        assert second[0]["id"] != first[-1]["id"]

    @pytest.mark.parametrize("count", [0, 1, 20, 21, 39, 40, 41, 460, 461, 479, 480, 1500])
    def test_drift_loses_nothing(self, count: int) -> None:
        items = list(range(count))
        found: list[int] = []
        total = paged(items, 1, drifting=True)[1]["total_pages"]
        for page in range(1, total + 1):
            found += paged(items, page, drifting=True)[0]
        assert list(dict.fromkeys(found)) == items


class TestDiscover:
    def test_orders(self, tmdb: Any) -> None:
        for order, key in (
            ("popularity.desc", "popularity"),
            ("vote_count.desc", "vote_count"),
            ("vote_average.asc", "vote_average"),
            ("primary_release_date.asc", "release_date"),
        ):
            found = [row[key] for row in tmdb("/discover/movie", sort_by=order)["results"]]
            assert found == sorted(found, reverse=order.endswith("desc"))

    def test_bounds(self, tmdb: Any, pages: Any, films: list[TitleView]) -> None:
        counts = sorted(film.vote_count for film in films)
        middle = counts[len(counts) // 2]
        body = tmdb("/discover/movie", vote_count__gte=middle)
        assert body["total_results"] == sum(count >= middle for count in counts)
        dates = sorted(film.release_date for film in films if film.release_date)
        low, high = dates[len(dates) // 4].isoformat(), dates[len(dates) // 2].isoformat()
        rows = pages(
            "/discover/movie",
            primary_release_date__gte=low,
            primary_release_date__lte=high,
        )
        assert rows
        assert all(low <= row["release_date"] <= high for row in rows)

    def test_series_bounds_use_the_first_air_date(self, tmdb: Any) -> None:
        rows = tmdb("/discover/tv", first_air_date__gte="2015-01-01")["results"]
        assert rows
        assert all(row["first_air_date"] >= "2015-01-01" for row in rows)
        unbounded = tmdb("/discover/tv", primary_release_date__gte="2099-01-01")
        assert unbounded == tmdb("/discover/tv")

    def test_undated_series_only_on_demand(self, tmdb: Any, series: list[TitleView]) -> None:
        dated = sum(view.release_date is not None for view in series)
        assert tmdb("/discover/tv")["total_results"] == dated
        everything = tmdb("/discover/tv", include_null_first_air_dates="true")
        assert everything["total_results"] == len(series)

    def test_sets(self, tmdb: Any, pages: Any, films: list[TitleView]) -> None:
        mixed = next(film for film in films if len(film.genres) > 1)
        first, second = (genre.id for genre in mixed.genres[:2])
        both = pages("/discover/movie", with_genres=f"{first},{second}")
        assert mixed.tmdb_id in {row["id"] for row in both}
        assert all({first, second} <= set(row["genre_ids"]) for row in both)
        either = tmdb("/discover/movie", with_genres=f"{first}|{second}")["total_results"]
        assert either >= len(both)
        language = films[0].original_language
        rows = pages("/discover/movie", with_original_language=language)
        assert {row["original_language"] for row in rows} == {language}

    def test_offers(self, tmdb: Any, pages: Any, films: list[TitleView]) -> None:
        film = next(film for film in films if film.offers)
        country, offers = next(iter(film.offers.items()))
        kind, services = next(iter(offers.items()))
        query = {
            "watch_region": country,
            "with_watch_providers": str(services[0].provider_id),
            "with_watch_monetization_types": kind,
        }
        rows = pages("/discover/movie", **query)
        assert film.tmdb_id in {row["id"] for row in rows}
        by_id = {view.tmdb_id: view for view in films}
        for row in rows:
            found = by_id[row["id"]].offers[country][kind]
            assert services[0].provider_id in {service.provider_id for service in found}
        del query["watch_region"]
        assert tmdb("/discover/movie", **query)["total_results"] == len(films)

    def test_offers_of_any_of_several_services(self, tmdb: Any, pages: Any) -> None:
        def ids(services: str, **query: str) -> set[int]:
            rows = pages("/discover/tv", watch_region="US", with_watch_providers=services, **query)
            return {row["id"] for row in rows}

        first, second = ids("8"), ids("9")
        assert first - second
        assert second - first
        assert ids("8|9") == first | second
        assert ids("8,9") == first & second
        kinds = {"with_watch_monetization_types": "rent|buy"}
        assert ids("8|9", **kinds) == set()
        shops = pages("/discover/tv", watch_region="US", **kinds)
        assert 0 < len(shops) < tmdb("/discover/tv")["total_results"]

    def test_languages_and_countries(self, pages: Any, series: list[TitleView]) -> None:
        for name, value in (("original_language", "de"), ("origin_country", "DE")):
            rows = pages("/discover/tv", **{f"with_{name}": value})
            assert rows
            assert all(value in row[name] for row in rows)
        both = pages("/discover/tv", with_origin_country="DE|FR")
        dated = [view for view in series if view.release_date]
        expected = {v.tmdb_id for v in dated if {"DE", "FR"} & set(v.origin_countries)}
        assert {row["id"] for row in both} == expected

    def test_releases_in_a_region(self, tmdb: Any, pages: Any, films: list[TitleView]) -> None:
        bounds = {"release_date__gte": "1990-01-01", "release_date__lte": "1999-12-31"}
        by_id = {film.tmdb_id: film for film in films}
        anywhere = pages("/discover/movie", **bounds)
        french = pages("/discover/movie", region="FR", **bounds)
        assert 0 < len(french) < len(anywhere)
        assert all("FR" in by_id[row["id"]].origin_countries for row in french)
        assert all("199" in row["release_date"] for row in anywhere)
        assert tmdb("/discover/movie", region="FR") == tmdb("/discover/movie")

    def test_unknown_parameters_are_ignored(self, tmdb: Any) -> None:
        plain = tmdb("/discover/movie")
        assert tmdb("/discover/movie", vote_count_gte=10**9, sort_by="bogus.desc") == plain


class TestCharts:
    @pytest.mark.parametrize("window", ["day", "week"])
    @pytest.mark.parametrize("media_type", [*MEDIA_TYPES, "all"])
    def test_trending(self, tmdb: Any, media_type: str, window: str) -> None:
        body = tmdb(f"/trending/{media_type}/{window}")
        assert len(body["results"]) == 20
        assert (body["total_pages"], body["total_results"]) == (500, 10000)
        for row in body["results"]:
            assert ("title" in row) == (row["media_type"] == "movie")
            assert ("name" in row) == (row["media_type"] == "tv")
            assert media_type in ("all", row["media_type"])
        assert tmdb(f"/trending/{media_type}/{window}", page=2) == body

    def test_no_other_trends(self, tmdb: Any) -> None:
        tmdb("/trending/movie/month", 404)
        tmdb("/trending/song/day", 404)

    @pytest.mark.parametrize("chart", ["popular", "top_rated", "now_playing", "upcoming"])
    def test_films(self, tmdb: Any, chart: str) -> None:
        body = tmdb(f"/movie/{chart}")
        assert body["results"]
        assert ("dates" in body) == (chart in ("now_playing", "upcoming"))

    @pytest.mark.parametrize("chart", ["now_playing", "upcoming"])
    def test_films_in_cinemas_have_a_release_within_the_dates(
        self, tmdb: Any, pages: Any, chart: str
    ) -> None:
        dates = tmdb(f"/movie/{chart}")["dates"]
        rows = pages(f"/movie/{chart}")
        countries: set[str] = set()
        for row in rows:
            found = tmdb(f"/movie/{row['id']}/release_dates")["results"]
            now = {
                country["iso_3166_1"]
                for country in found
                for release in country["release_dates"]
                if dates["minimum"] <= release["release_date"][:10] <= dates["maximum"]
            }
            assert now
            countries |= now
        local = [pages(f"/movie/{chart}", region=code) for code in sorted(countries)]
        assert all(local)
        found_locally = {row["id"] for rows_there in local for row in rows_there}
        assert found_locally == {row["id"] for row in rows}
        assert pages(f"/movie/{chart}", region="ZZ") == []

    @pytest.mark.parametrize("chart", ["popular", "top_rated", "airing_today", "on_the_air"])
    def test_series(self, tmdb: Any, chart: str) -> None:
        assert "dates" not in tmdb(f"/tv/{chart}")

    def test_airing(self, pages: Any) -> None:
        today = {row["id"] for row in pages("/tv/airing_today")}
        week = {row["id"] for row in pages("/tv/on_the_air")}
        assert today <= week
        assert week


class TestChanges:
    @pytest.mark.parametrize("media_type", MEDIA_TYPES)
    def test_a_window_holds_each_changed_title_once(
        self, pages: Any, world: World, media_type: str
    ) -> None:
        first = world.start.date() - timedelta(days=14)
        rows = pages(f"/{media_type}/changes", start_date=first, end_date=world.start.date())
        ids = [row["id"] for row in rows if row["id"] is not None]
        expected = {
            title.tmdb_id
            for title in world.catalogue.titles
            if title.media_type == media_type
            and any(first <= at.date() < world.start.date() for at in title.changes)
        }
        assert len(ids) == len(set(ids))
        assert set(ids) == expected

    def test_days_add_up_and_stand_still(
        self, pages: Any, world: World, later: Callable[[timedelta], None]
    ) -> None:
        def day(back: int) -> Any:
            first = world.start.date() - timedelta(days=back)
            return pages("/movie/changes", start_date=first, end_date=first + timedelta(days=1))

        def ids(rows: list[dict[str, Any]]) -> set[int | None]:
            return {row["id"] for row in rows} - {None}

        days = [ids(day(back)) for back in range(1, 8)]
        week = pages(
            "/movie/changes",
            start_date=world.start.date() - timedelta(days=7),
            end_date=world.start.date(),
        )
        assert set().union(*days) == ids(week)
        later(timedelta(days=40))
        assert [ids(day(back)) for back in range(1, 8)] == days

    def test_pages_of_100(self, tmdb: Any, world: World) -> None:
        window = {
            "start_date": world.start.date() - timedelta(days=14),
            "end_date": world.start.date(),
        }
        body = tmdb("/movie/changes", **window)
        assert len(body["results"]) == min(100, body["total_results"])
        assert body["total_pages"] == -(-body["total_results"] // 100)

    def test_nothing_of_the_future(self, tmdb: Any, world: World) -> None:
        tomorrow = world.start.date() + timedelta(days=1)
        body = tmdb("/tv/changes", start_date=tomorrow, end_date=tomorrow + timedelta(days=5))
        assert body == {"results": [], "page": 1, "total_pages": 0, "total_results": 0}

    def test_the_end_is_not_included(self, tmdb: Any, world: World) -> None:
        day = world.start.date() - timedelta(days=3)
        assert tmdb("/movie/changes", start_date=day, end_date=day)["results"] == []
        alone = tmdb("/movie/changes", start_date=day)
        assert alone == tmdb("/movie/changes", start_date=day, end_date=day + timedelta(days=1))
        assert alone == tmdb("/movie/changes", end_date=day + timedelta(days=1))

    def test_longest_window(self, tmdb: Any) -> None:
        tmdb("/movie/changes", start_date="2026-11-01", end_date="2026-11-15")
        for start, end in (("2026-11-01", "2026-11-16"), ("2026-11-02", "2026-11-01")):
            body = tmdb("/movie/changes", 422, start_date=start, end_date=end)
            assert code(body) == (False, 20)

    @pytest.mark.parametrize("text", ["01-11-2026", "2026-02-30", "today", "20261101"])
    def test_dates_that_are_none(self, tmdb: Any, text: str) -> None:
        assert code(tmdb("/movie/changes", 400, start_date=text)) == (False, 23)

    def test_now_and_then_a_row_without_id(self, tmdb: Any, world: World) -> None:
        found = []
        for back in range(1, 29):
            first = world.start.date() - timedelta(days=back)
            found += tmdb("/movie/changes", start_date=first, end_date=first + timedelta(days=1))[
                "results"
            ]
        empty = [row for row in found if row["id"] is None]
        assert 0 < len(empty) < 28
        assert empty[0] == {"id": None, "adult": None, "softcore": None}
