"""Choosing titles: by id, by file, and by the filters of TMDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_fakes import FakeTmdb, FakeTvmaze, run

from tap_streaming.errors import TapError
from tap_streaming.selection import TitleIds

if TYPE_CHECKING:
    from pathlib import Path

MOVIES, TV, OFFERS = "tmdb_movies", "tmdb_tv", "tmdb_watch_offers"


def ids(messages: Any, stream: str = MOVIES) -> list[int]:
    return [record["id"] for record in messages.records(stream)]


class TestIds:
    def test_they_are_sorted_and_counted_once(self) -> None:
        found = TitleIds({"title_ids": ["movie/9", " movie-603 ", "movie/9", "tvmaze/82"]})
        assert found.of("movie") == [9, 603]
        assert found.of("tv") == []
        assert found.of("tvmaze") == [82]

    def test_none_given_choose_nothing(self) -> None:
        assert TitleIds({"title_ids": []}).of("movie") is None
        assert TitleIds({"title_ids": ["movie/9"]}).of("tvmaze") is None
        assert TitleIds({}).fingerprint("movie", "tv") is None

    def test_a_file_has_one_per_line(self, tmp_path: Path) -> None:
        file = tmp_path / "ids.txt"
        file.write_text("\ufeff# ours\nmovie/603  # The Matrix\n\n tv/1396\r\n", encoding="utf-8")
        found = TitleIds({"title_ids_file": str(file), "title_ids": ["tv/1"]})
        assert (found.of("movie"), found.of("tv")) == ([603], [1, 1396])

    @pytest.mark.parametrize("text", ["603", "tt0133093", "movie/", "movie/x", "series/5", ""])
    def test_what_is_no_id_is_named(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(TapError, match=r"item 2 of the setting title_ids .*movie/603"):
            TitleIds({"title_ids": ["movie/1", text]})
        file = tmp_path / "ids.txt"
        file.write_text(f"movie/1\n{text or 'x'}\n")
        with pytest.raises(TapError, match=r"line 2 of .*ids\.txt"):
            TitleIds({"title_ids_file": str(file)})

    def test_a_file_that_cannot_be_read_names_the_setting(self, tmp_path: Path) -> None:
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
        for name in ("missing", "binary", "."):
            with pytest.raises(TapError, match="title_ids_file"):
                TitleIds({"title_ids_file": str(tmp_path / name)})

    def test_the_fingerprint_is_of_the_ids_alone(self) -> None:
        one = TitleIds({"title_ids": ["movie/1", "tv/2"]})
        same = TitleIds({"title_ids": ["tv/2", "movie/1", "tvmaze/5"]})
        other = TitleIds({"title_ids": ["movie/2", "tv/1"]})
        assert one.fingerprint("movie", "tv") == same.fingerprint("movie", "tv")
        assert one.fingerprint("movie", "tv") != other.fingerprint("movie", "tv")


@pytest.fixture
def catalogue(tmdb: FakeTmdb) -> FakeTmdb:
    for title in range(1, 8):
        tmdb.add("movie", title, f"201{title}-06-01")
        tmdb.add("tv", title, f"201{title}-06-01")
    return tmdb


class TestChosenById:
    def test_only_these_titles_are_asked_for(self, catalogue: FakeTmdb) -> None:
        chosen = ["movie/5", "movie/2", "tv/3", "movie/99"]
        messages = run(MOVIES, TV, OFFERS, title_ids=chosen, tmdb_min_vote_count=10_000)
        assert ids(messages) == [2, 5, 99]
        assert ids(messages, TV) == [3]
        assert messages.records(MOVIES)[-1]["_sdc_deleted_at"] is not None
        assert {record["title_id"] for record in messages.records(OFFERS)} == {2, 3, 5}
        assert not any("discover" in path for path in catalogue.counts())

    def test_of_the_feed_only_these_are_read(self, catalogue: FakeTmdb) -> None:
        first = run(MOVIES, title_ids=["movie/5", "movie/2"])
        catalogue.change("movie", "2026-11-23", 1, 2, 3, 4)
        catalogue.asked.clear()
        second = run(MOVIES, state=first.states[-1], title_ids=["movie/5", "movie/2"])
        assert ids(second) == [2]
        assert [path for path in catalogue.counts() if path.startswith("/3/movie/")] == [
            "/3/movie/changes",
            "/3/movie/2",
        ]

    def test_other_ids_are_read_in_full(self, catalogue: FakeTmdb) -> None:
        first = run(MOVIES, title_ids=["movie/5"])
        assert ids(run(MOVIES, state=first.states[-1], title_ids=["movie/5"])) == []
        assert ids(run(MOVIES, state=first.states[-1], title_ids=["movie/5", "movie/6"])) == [5, 6]
        assert len(ids(run(MOVIES, state=first.states[-1]))) == len(catalogue.titles["movie"])

    def test_shows_of_tvmaze_too(self, tvmaze: FakeTvmaze) -> None:
        tvmaze.shows = {show: tvmaze.now - show for show in (1, 7, 300)}
        messages = run("tvmaze_shows", "tvmaze_episodes", title_ids=["tvmaze/300", "tvmaze/7"])
        assert sorted(ids(messages, "tvmaze_shows")) == [7, 300]
        assert {record["show_id"] for record in messages.records("tvmaze_episodes")} == {7, 300}
        assert "/shows" not in tvmaze.counts()


class TestChosenByFilter:
    def test_what_a_row_tells_is_checked(self, catalogue: FakeTmdb) -> None:
        for title, language, popularity in ((1, "en", 9.5), (2, "de", 9.5), (3, "ko", 0.5)):
            facts = {"original_language": language, "popularity": popularity}
            catalogue.titles["movie"][title] |= facts
        chosen = {"tmdb_original_languages": ["EN", "ko"], "tmdb_min_popularity": 1}
        assert ids(run(MOVIES, **chosen)) == [1]

    def test_release_days_limit_the_windows(self, catalogue: FakeTmdb) -> None:
        chosen = {"tmdb_released_from": "2013-01-01", "tmdb_released_to": "2015-06-01"}
        assert ids(run(MOVIES, **chosen)) == [3, 4, 5]
        assert catalogue.asked[1][1]["primary_release_date.gte"] == "2013-01-01"
        assert catalogue.asked[1][1]["primary_release_date.lte"] == "2015-06-01"

    def test_a_service_is_looked_for_in_each_country(self, catalogue: FakeTmdb) -> None:
        run(MOVIES, tmdb_watch_providers=[8, 337], tmdb_watch_countries=["us", "DE"])
        queries = [query for path, query in catalogue.asked if "discover" in path]
        assert {query["with_watch_providers"] for query in queries} == {"8|337"}
        assert {query["watch_region"] for query in queries} == {"US", "DE"}

    def test_a_service_without_a_country_names_the_settings(self, catalogue: FakeTmdb) -> None:
        with pytest.raises(TapError, match=r"tmdb_watch_providers.*tmdb_watch_countries"):
            run(MOVIES, tmdb_watch_providers=[8], tmdb_watch_countries=[])
        assert not any("discover" in path for path in catalogue.counts())

    @pytest.mark.parametrize(
        "other",
        [{"tmdb_original_languages": ["en"]}, {"tmdb_released_to": "2015-01-01"},
         {"tmdb_watch_providers": [8]}, {"tmdb_origin_countries": ["US"]},
         {"tmdb_min_vote_count": 9}],
    )  # fmt: skip
    def test_another_selection_is_read_in_full(
        self, catalogue: FakeTmdb, other: dict[str, Any]
    ) -> None:
        first = run(MOVIES, tmdb_watch_countries=["US"])
        catalogue.asked.clear()
        run(MOVIES, state=first.states[-1], **{"tmdb_watch_countries": ["US"], **other})
        assert any("discover" in path for path in catalogue.counts())

    def test_a_narrower_floor_is_not(self, catalogue: FakeTmdb) -> None:
        first = run(MOVIES)
        catalogue.asked.clear()
        run(MOVIES, state=first.states[-1], tmdb_min_vote_count=11, tmdb_min_popularity=1)
        assert not any("discover" in path for path in catalogue.counts())

    def test_a_long_feed_is_held_against_the_list(self, catalogue: FakeTmdb) -> None:
        first = run(MOVIES)
        del catalogue.titles["movie"][3]
        catalogue.change("movie", "2026-11-23", 2, 3, *range(1000, 1100))
        catalogue.asked.clear()
        catalogue.doubtful = {3}
        second = run(MOVIES, state=first.states[-1])
        assert ids(second) == [2, 3]
        assert second.records(MOVIES)[1]["_sdc_deleted_at"] is not None
        assert not any(path.startswith("/3/movie/10") for path in catalogue.counts())
