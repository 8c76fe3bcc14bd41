"""TMDB: keys, details, appended parts, seasons, dictionaries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.inprocess import InProcessClient
    from sandbox.world import Title, TitleView, World

MEDIA_TYPES = ("movie", "tv")


def code(body: dict[str, Any]) -> tuple[bool, int]:
    return body["success"], body["status_code"]


class TestKeys:
    @pytest.mark.parametrize("path", ["/3/authentication", "/3/movie/1", "/3/no/such/path"])
    @pytest.mark.parametrize("key", [None, "wrong"])
    def test_without_the_key_all_is_401(
        self, client: InProcessClient, path: str, key: str | None
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = client.get(f"/tmdb{path}", headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {
            "success": False,
            "status_code": 7,
            "status_message": "Invalid API key: You must be granted a valid key.",
        }

    def test_key_in_the_query(self, client: InProcessClient) -> None:
        assert client.get("/tmdb/3/authentication?api_key=sandbox").json()["success"] is True
        assert client.get("/tmdb/3/authentication?api_key=other").status_code == 401

    def test_key_in_the_header(self, tmdb: Any) -> None:
        assert tmdb("/authentication")["status_code"] == 1

    def test_outside_the_versions_is_html(self, client: InProcessClient) -> None:
        answer = client.get("/tmdb/movie/5")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html"
        assert "openresty" in answer.text

    def test_unknown_path_with_the_key(self, tmdb: Any) -> None:
        assert code(tmdb("/no/such/path", 404)) == (False, 34)

    def test_other_methods(self, client: InProcessClient) -> None:
        answer = client.send("POST", "/tmdb/3/movie/1?api_key=sandbox")
        assert (answer.status_code, answer.json()["status_code"]) == (405, 42)


class TestDetail:
    @pytest.mark.parametrize("media_type", MEDIA_TYPES)
    def test_unknown_ids(self, tmdb: Any, media_type: str) -> None:
        for path in ("", "/external_ids", "/watch/providers"):
            body = tmdb(f"/{media_type}/999999999{path}", 404)
            assert body == {
                "success": False,
                "status_code": 34,
                "status_message": "The resource you requested could not be found.",
            }

    def test_ids_are_numbers(self, tmdb: Any) -> None:
        assert code(tmdb("/movie/tt0133093", 404)) == (False, 6)

    def test_deleted_titles_are_gone_but_in_the_feed(
        self, tmdb: Any, pages: Any, world: World, later: Callable[[timedelta], None]
    ) -> None:
        clock = world.start + timedelta(hours=9)
        deleted = [
            (title.deleted_at, title.media_type, title.tmdb_id)
            for title in world.catalogue.titles
            if title.deleted_at and title.deleted_at > clock
        ]
        at, media_type, number = min(deleted)
        later(at - clock - timedelta(seconds=1))
        tmdb(f"/{media_type}/{number}")
        later(at - clock)
        assert code(tmdb(f"/{media_type}/{number}", 404)) == (False, 34)
        window = {"start_date": at.date(), "end_date": at.date() + timedelta(days=1)}
        rows = pages(f"/{media_type}/changes", **window)
        assert {"id": number, "adult": None, "softcore": None} in rows

    def test_oddities_of_films(self, tmdb: Any, films: list[TitleView]) -> None:
        unknown = [film for film in films if film.runtime is None]
        if unknown:
            assert tmdb(f"/movie/{unknown[0].tmdb_id}")["runtime"] == 0
        undated = [film for film in films if film.release_date is None]
        if undated:
            assert tmdb(f"/movie/{undated[0].tmdb_id}")["release_date"] == ""
        body = tmdb(f"/movie/{films[0].tmdb_id}")
        assert all(set(genre) == {"id", "name"} for genre in body["genres"])

    def test_a_series_has_its_ids_elsewhere(self, tmdb: Any, series: list[TitleView]) -> None:
        view = next(view for view in series if view.tvdb_id and view.imdb_id)
        body = tmdb(f"/tv/{view.tmdb_id}", append_to_response="external_ids")
        assert "imdb_id" not in body
        assert "runtime" not in body
        assert body["external_ids"]["imdb_id"] == view.imdb_id
        assert body["external_ids"]["tvdb_id"] == view.tvdb_id
        assert "id" not in body["external_ids"]
        alone = tmdb(f"/tv/{view.tmdb_id}/external_ids")
        assert alone == {"id": view.tmdb_id, **body["external_ids"]}

    def test_films_and_series_share_ids(self, world: World) -> None:
        keys = [(title.media_type, title.tmdb_id) for title in world.catalogue.titles]
        assert len(keys) == len(set(keys))
        assert len({number for _, number in keys}) < len(keys)

    def test_appended_parts(self, tmdb: Any, films: list[TitleView]) -> None:
        path = f"/movie/{films[0].tmdb_id}"
        plain = tmdb(path)
        parts = ["external_ids", "watch/providers", "credits", "release_dates", "nonsense"]
        body = tmdb(path, append_to_response=",".join(parts))
        assert set(body) - set(plain) == set(parts[:-1])
        assert body["watch/providers"] == {
            "results": tmdb(f"{path}/watch/providers")["results"],
        }
        assert body["credits"]["cast"][0]["order"] == 0

    def test_more_than_20_parts(self, tmdb: Any, films: list[TitleView]) -> None:
        path = f"/movie/{films[0].tmdb_id}"
        tmdb(path, append_to_response=",".join(["credits"] * 20))
        body = tmdb(path, 400, append_to_response=",".join(["credits"] * 21))
        assert code(body) == (False, 27)

    def test_seasons(self, tmdb: Any, series: list[TitleView]) -> None:
        view = next(
            view
            for view in series
            if any(item.number is None for season in view.seasons for item in season.episodes)
        )
        body = tmdb(f"/tv/{view.tmdb_id}", append_to_response="season/0")
        numbers = [season["season_number"] for season in body["seasons"]]
        assert numbers[0] == 0
        assert body["number_of_seasons"] == len(numbers) - 1
        assert body["number_of_episodes"] == sum(
            season["episode_count"] for season in body["seasons"][1:]
        )
        season = tmdb(f"/tv/{view.tmdb_id}/season/{numbers[1]}")
        assert len(season["_id"]) == 24
        assert [item["episode_number"] for item in season["episodes"]] == list(
            range(1, len(season["episodes"]) + 1)
        )
        assert season["episodes"][-1]["episode_type"] == "finale"
        assert body["season/0"]["name"] == "Specials"
        assert code(tmdb(f"/tv/{view.tmdb_id}/season/77", 404)) == (False, 34)

    def test_nothing_moves_between_changes(
        self, tmdb: Any, tvmaze: Any, world: World, later: Callable[[timedelta], None]
    ) -> None:
        """What a client read at a change holds until the next one in the feed."""
        clock = world.start + timedelta(hours=9)
        checked = {"movie": 0, "tv": 0}
        for title in world.catalogue.titles:
            coming = next((at for at in title.changes if at > clock), None)
            if coming is None or title.at(clock) is None or checked[title.media_type] == 15:
                continue

            def bodies(title: Title = title) -> list[Any]:
                found = [tmdb(f"/{title.media_type}/{title.tmdb_id}")]
                if title.tvmaze_id:
                    found.append(tvmaze(f"/shows/{title.tvmaze_id}?embed[]=episodes"))
                return found

            checked[title.media_type] += 1
            before = bodies()
            later(coming - clock - timedelta(seconds=1))
            assert bodies() == before
            later(timedelta(0))
        assert min(checked.values()) == 15


class TestDictionaries:
    @pytest.mark.parametrize("media_type", MEDIA_TYPES)
    def test_genres_follow_the_language(self, tmdb: Any, media_type: str) -> None:
        english = tmdb(f"/genre/{media_type}/list")["genres"]
        german = tmdb(f"/genre/{media_type}/list", language="de-DE")["genres"]
        assert [genre["id"] for genre in english] == [genre["id"] for genre in german]
        assert english != german

    def test_providers_by_region(self, tmdb: Any) -> None:
        rows = tmdb("/watch/providers/movie")["results"]
        local = tmdb("/watch/providers/movie", watch_region="GB")["results"]
        assert 0 < len(local) < len(rows)
        assert all("GB" in row["display_priorities"] for row in local)
        regions = {row["iso_3166_1"] for row in tmdb("/watch/providers/regions")["results"]}
        assert {code for row in rows for code in row["display_priorities"]} == regions

    def test_offers_name_listed_providers(self, tmdb: Any, films: list[TitleView]) -> None:
        known = {row["provider_id"] for row in tmdb("/watch/providers/movie")["results"]}
        film = next(film for film in films if film.offers)
        body = tmdb(f"/movie/{film.tmdb_id}/watch/providers")
        for country, block in body["results"].items():
            assert block.pop("link").endswith(f"/watch?locale={country}")
            for offers in block.values():
                assert {offer["provider_id"] for offer in offers} <= known

    def test_find(self, tmdb: Any, series: list[TitleView]) -> None:
        view = next(view for view in series if view.tvdb_id)
        body = tmdb(f"/find/{view.tvdb_id}", external_source="tvdb_id")
        assert [row["id"] for row in body["tv_results"]] == [view.tmdb_id]
        assert body["tv_results"][0]["media_type"] == "tv"
        nothing = tmdb("/find/tt0000000", external_source="imdb_id")
        assert set(map(len, nothing.values())) == {0}
        assert code(tmdb("/find/tt0000000", 422)) == (False, 5)

    def test_configuration(self, tmdb: Any) -> None:
        assert tmdb("/configuration")["images"]["secure_base_url"].startswith("https://")
