"""Streaming Availability: keys, lookups, options, searching, top lists."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.streaming_availability.dictionaries import CHANNELS, PROVIDERS, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.inprocess import InProcessClient
    from sandbox.world import Title, World

    Later = Callable[[timedelta], None]

CLOCK = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = int(CLOCK.timestamp())
DAY = 86400


@pytest.fixture
def listed(world: World) -> list[Title]:
    """Titles there at the clock that this platform has."""
    return [t for t in world.catalogue.titles if t.complete.imdb_id and t.at(CLOCK)]


def tmdb_id(title: Title) -> str:
    return f"{title.media_type}/{title.tmdb_id}"


class TestKeys:
    @pytest.mark.parametrize("name", ["X-API-Key", "X-RapidAPI-Key"])
    def test_either_header_will_do(self, client: InProcessClient, name: str) -> None:
        path = "/streaming-availability/genres"
        assert client.get(path, headers={name: "sandbox"}).status_code == 200
        assert client.get(path, headers={name: "wrong"}).status_code == 401

    def test_nothing_without(self, client: InProcessClient) -> None:
        for path in ("/genres", "/shows/1", "/unheard/of", "/genres?api_key=sandbox"):
            answer = client.get(f"/streaming-availability{path}")
            assert answer.status_code == 401
            assert list(answer.json()) == ["message"]


class TestFaults:
    def test_the_quota_of_a_month(self, client: InProcessClient, streaming: Any) -> None:
        rule = {"kind": "rate", "platform": "streaming-availability", "retry_after": True}
        client.put("/_sandbox/faults", json=[{**rule, "requests": 3}])
        for _ in range(3):
            streaming("/genres")
        assert streaming("/genres", 429) == {"message": "Too Many Requests"}
        client.put("/_sandbox/faults", json=[rule])
        for _ in range(1000):
            streaming("/genres")
        streaming("/genres", 429)

    def test_rows_come_twice(self, client: InProcessClient, streaming: Any) -> None:
        client.put("/_sandbox/faults", json=[{"kind": "duplicate_rows"}])
        asked = {"country": "us", "change_type": "new", "item_type": "show"}
        for path, name in (("/shows/search/filters", "shows"), ("/changes", "changes")):
            rows = streaming(path, **asked)[name]
            assert rows[-1] == rows[0]
        found = streaming("/shows/top", country="us", service="hbo")
        assert found[-1] == found[0]


class TestShows:
    def test_one_show_by_three_ids(self, streaming: Any, listed: list[Title]) -> None:
        for kind in ("movie", "tv"):
            title = next(title for title in listed if title.media_type == kind)
            body = streaming(f"/shows/{title.complete.imdb_id}")
            assert body["tmdbId"] == tmdb_id(title)
            assert streaming(f"/shows/{body['id']}") == body
            assert streaming(f"/shows/{body['tmdbId']}") == body

    def test_own_ids_are_unique(self, streaming_rows: Any, listed: list[Title]) -> None:
        rows = streaming_rows("/shows/search/filters", "shows", country="us")
        assert len({row["id"] for row in rows}) == len(rows)
        assert all(row["id"].isdecimal() for row in rows)
        assert {row["tmdbId"] for row in rows} <= {tmdb_id(title) for title in listed}

    def test_a_title_without_imdb_id_is_not_here(self, streaming: Any, world: World) -> None:
        found = [t for t in world.catalogue.titles if not t.complete.imdb_id and t.at(CLOCK)]
        assert found
        for title in found[:10]:
            assert streaming(f"/shows/{tmdb_id(title)}", 404) == {"message": "Not Found"}

    def test_unknown(self, streaming: Any) -> None:
        for key in ("0", "tt0", "movie/99999999", "tv/0", "x"):
            assert streaming(f"/shows/{key}", 404) == {"message": "Not Found"}

    def test_granularity_and_country(self, streaming: Any, listed: list[Title]) -> None:
        title = next(t for t in listed if t.complete.seasons and "US" in t.at(CLOCK).offers)
        full = streaming(f"/shows/{tmdb_id(title)}")
        assert full == streaming(f"/shows/{tmdb_id(title)}", series_granularity="episode")
        assert full["seasons"][0]["episodes"]
        seasons = streaming(f"/shows/{tmdb_id(title)}", series_granularity="season")
        assert all("episodes" not in season for season in seasons["seasons"])
        assert "seasons" not in streaming(f"/shows/{tmdb_id(title)}", series_granularity="show")
        american = streaming(f"/shows/{tmdb_id(title)}", country="us")
        assert american["streamingOptions"] == {"us": full["streamingOptions"]["us"]}
        for query in ({"series_granularity": "all"}, {"country": "US"}, {"output_language": "xx"}):
            assert list(streaming(f"/shows/{tmdb_id(title)}", 400, **query)) == ["message"]

    def test_images_are_signed_anew(
        self, streaming: Any, listed: list[Title], later: Later
    ) -> None:
        path = f"/shows/{tmdb_id(listed[0])}"
        before = streaming(path)
        later(timedelta(hours=1))
        after = streaming(path)
        assert before.pop("imageSet") != after.pop("imageSet")
        assert before == after


class TestOptions:
    def test_they_are_tmdbs_offers(self, streaming: Any, listed: list[Title], later: Later) -> None:
        """Service and type, also of addons, lead back to a provider TMDB shows that day."""
        homes = {
            (seller, addon): home
            for home, channels in CHANNELS.items()
            for seller, addon, _ in channels
        }
        for days in (0, 1, 20, 200):
            later(timedelta(days=days))
            for title in listed[days % 9 :: 9]:
                view = title.at(CLOCK + timedelta(days=days))
                if view is None:
                    continue
                expected = {
                    (country.lower(), PROVIDERS[service.provider_id], TYPES[kind])
                    for country, kinds in view.offers.items()
                    for kind, services in kinds.items()
                    for service in services
                    if service.provider_id in PROVIDERS
                }
                shown = streaming(f"/shows/{tmdb_id(title)}", series_granularity="show")
                found = set()
                for country, options in shown["streamingOptions"].items():
                    for option in options:
                        service, kind = option["service"]["id"], option["type"]
                        if kind == "addon":
                            home = homes[service, option["addon"]["id"]]
                            service, kind = home, "subscription"
                        found.add((country, service, kind))
                assert found == expected, tmdb_id(title)

    def test_oddities(self, streaming_rows: Any) -> None:
        shows = streaming_rows("/shows/search/filters", "shows", country="us")
        options = [option for show in shows for option in show["streamingOptions"]["us"]]
        for option in options:
            assert ("addon" in option) == (option["type"] == "addon")
            assert option["availableSince"] <= NOW
            if "expiresOn" in option:
                assert option["expiresSoon"]
                assert NOW < option["expiresOn"] <= NOW + 31 * DAY
        assert {option["type"] for option in options} == {
            "addon", "buy", "free", "rent", "subscription"
        }  # fmt: skip
        prices = [option["price"] for option in options if "price" in option]
        assert all(float(price["amount"]) > 0 for price in prices)
        assert all(isinstance(price["amount"], str) for price in prices)
        soon = [option for option in options if option["expiresSoon"]]
        assert {"expiresOn" in option for option in soon} == {True, False}
        for key in ("quality", "videoLink"):
            assert {key in option for option in options} == {True, False}
        assert all(value is not None for option in options for value in option.values())

        twins = 0
        for show in shows:
            links = defaultdict(set)
            for option in show["streamingOptions"]["us"]:
                link, rest = option["link"], dict(option)
                del rest["link"]
                rest.pop("videoLink", None)
                links[repr(sorted((key, repr(rest[key])) for key in rest))].add(link)
            twins += sum(len(found) > 1 for found in links.values())
        assert twins

    def test_prices_of_series_are_those_of_their_parts(self, streaming_rows: Any) -> None:
        shows = streaming_rows(
            "/shows/search/filters",
            "shows",
            country="us",
            catalogs="apple.buy",
            show_type="series",
            series_granularity="episode",
        )
        by_level: dict[str, set[bool]] = defaultdict(set)
        for show in shows:
            items = [show, *show["seasons"]]
            items += [episode for season in show["seasons"] for episode in season["episodes"]]
            for item in items:
                for option in item["streamingOptions"].get("us", ()):
                    if option["type"] == "buy":
                        by_level[item["itemType"]].add("price" in option)
        assert by_level == {"show": {False}, "season": {True, False}, "episode": {True}}


class TestSearch:
    def test_all_pages_hold_every_show_once(self, streaming_rows: Any, listed: list[Title]) -> None:
        for catalogs, providers in (("", set(PROVIDERS)), ("netflix,disney", {8, 337})):
            expected = {
                tmdb_id(title)
                for title in listed
                if any(
                    service.provider_id in providers
                    for services in title.at(CLOCK).offers.get("DE", {}).values()
                    for service in services
                )
            }
            orders = ("original_title", "release_date", "rating", "popularity_1week")
            for order in orders if catalogs else orders[:1]:
                for direction in ("asc", "desc"):
                    rows = streaming_rows(
                        "/shows/search/filters",
                        "shows",
                        country="de",
                        catalogs=catalogs,
                        order_by=order,
                        order_direction=direction,
                    )
                    found = [row["tmdbId"] for row in rows]
                    assert len(found) == len(set(found))
                    assert set(found) == expected

    def test_orders(self, streaming_rows: Any) -> None:
        def read(**query: Any) -> list[Any]:
            return streaming_rows(
                "/shows/search/filters", "shows", country="us", catalogs="disney", **query
            )

        titles = [row["originalTitle"] for row in read()]
        assert titles == sorted(titles)
        ratings = [row["rating"] for row in read(order_by="rating")]
        assert ratings == sorted(ratings, reverse=True)
        years = [row["releaseYear"] for row in read(order_by="release_date", show_type="movie")
                 if "releaseYear" in row]  # fmt: skip
        assert years == sorted(years)
        for order in ("popularity_alltime", "popularity_1year", "popularity_1month"):
            assert sorted(row["originalTitle"] for row in read(order_by=order)) == titles

    def test_page_sizes_and_cursors(self, streaming: Any) -> None:
        for size, query in (
            (20, {}),
            (20, {"show_type": "movie", "series_granularity": "episode"}),
            (10, {"show_type": "series", "series_granularity": "episode"}),
            (15, {"series_granularity": "season"}),
        ):
            body = streaming("/shows/search/filters", country="us", **query)
            assert len(body["shows"]) == size
            last = body["shows"][-1]
            assert body["nextCursor"] == f"{last['id']}:{last['originalTitle']}"

    def test_catalogs(self, streaming_rows: Any) -> None:
        def ids(catalogs: str) -> set[str]:
            rows = streaming_rows("/shows/search/filters", "shows", country="us", catalogs=catalogs)
            assert rows
            return {row["id"] for row in rows}

        kinds = [ids(f"prime.{kind}") for kind in ("subscription", "rent", "buy", "addon")]
        assert set.union(*kinds) == ids("prime")
        assert ids("hulu.addon.hbo") == ids("hulu.addon") == ids("hbo")
        assert ids("netflix.subscription,tubi.free") == ids("netflix") | ids("tubi")

    def test_filters(self, streaming_rows: Any) -> None:
        def read(**query: Any) -> list[Any]:
            rows = streaming_rows("/shows/search/filters", "shows", country="us", **query)
            assert rows
            return rows

        def genres(row: Any) -> set[str]:
            return {genre["id"] for genre in row["genres"]}

        both = read(genres="comedy,drama")
        either = read(genres="comedy,drama", genres_relation="or")
        assert all({"comedy", "drama"} <= genres(row) for row in both)
        assert all({"comedy", "drama"} & genres(row) for row in either)
        assert len(either) > len(both)
        assert {row["showType"] for row in read(show_type="series")} == {"series"}
        assert all(60 <= row["rating"] <= 70 for row in read(rating_min=60, rating_max=70))
        films = read(show_type="movie", year_min=2001, year_max=2003)
        assert {row["releaseYear"] for row in films} == {2001, 2002, 2003}
        everything = len(read())
        assert 0 < len(read(show_original_language="fr")) < everything
        assert all("star" in f"{r['title']} {r['overview']}".lower() for r in read(keyword="Star"))

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"country": "xx"},
            {"country": "us", "catalogs": "nobody"},
            {"country": "us", "catalogs": "netflix.gift"},
            {"country": "us", "catalogs": "prime.rent.hbo"},
            {"country": "us", "catalogs": ",".join(["netflix"] * 33)},
            {"country": "us", "genres": "sadness"},
            {"country": "us", "order_by": "age"},
            {"country": "us", "year_min": "old"},
            {"country": "us", "cursor": "nonsense"},
            {"country": "us", "cursor": "5:five", "order_by": "rating"},
        ],
    )
    def test_what_makes_no_sense(self, streaming: Any, query: dict[str, str]) -> None:
        body = streaming("/shows/search/filters", 400, **query)
        assert list(body) == ["message"]
        assert body["message"]


class TestTop:
    def test_six_services_have_a_list(self, streaming: Any) -> None:
        for service in ("netflix", "prime", "disney", "apple", "hbo"):
            rows = streaming("/shows/top", country="us", service=service)
            assert len(rows) == 10
            for row in rows:
                assert "seasons" not in row
                options = row["streamingOptions"]["us"]
                kinds = {(option["service"]["id"], option["type"]) for option in options}
                assert (service, "subscription") in kinds
        for service in ("hulu", "tubi", "crunchyroll", "nobody"):
            assert streaming("/shows/top", country="us", service=service) == []

    def test_it_moves(self, streaming: Any, later: Later) -> None:
        def ids() -> list[str]:
            return [row["id"] for row in streaming("/shows/top", country="us", service="netflix")]

        before = ids()
        later(timedelta(days=60))
        assert ids() != before

    def test_types_and_errors(self, streaming: Any) -> None:
        rows = streaming("/shows/top", country="de", service="prime", show_type="series")
        assert {row["showType"] for row in rows} == {"series"}
        assert streaming("/shows/top", 400, country="us") == {"message": "service is required"}
        assert streaming("/shows/top", 400, service="prime") == {"message": "country is required"}
