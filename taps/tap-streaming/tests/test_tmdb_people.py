"""Cast and crew of films and series: the few that are kept, from bodies of any kind."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_fakes import FakeTmdb, run

from tap_streaming.streams.tmdb_people import CAST_KEPT, CREW_KEPT, JOBS, people

if TYPE_CHECKING:
    from pathlib import Path


def player(order: Any, **more: Any) -> dict[str, Any]:
    return {"id": 100, "name": "A", "character": "B", "order": order, "popularity": 1, **more}


def worker(job: str, person: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": person, "name": "C", "job": job, "department": "D", **more}


def test_a_film_has_its_first_ten_and_the_jobs_that_count() -> None:
    cast = [player(order) for order in (None, *range(12, -1, -1))]
    crew = [worker("Editor"), worker("Gaffer"), worker("Writer", 2), worker("Director", 3)]
    found = people({"credits": {"cast": cast, "crew": crew}})
    assert [one["order"] for one in found["cast_members"]] == list(range(10))
    assert found["cast_members"][0] == {"person_id": 100, "name": "A", "character": "B", "order": 0}
    assert found["crew_members"] == [
        {"person_id": 3, "name": "C", "job": "Director", "department": "D"},
        {"person_id": 2, "name": "C", "job": "Writer", "department": "D"},
        {"person_id": 1, "name": "C", "job": "Editor", "department": "D"},
    ]


def test_a_series_tells_roles_and_jobs_with_episodes() -> None:
    roles = [{"character": "X", "episode_count": 3}, {"character": ""}, {"character": "Y"}]
    cast = [{"id": 5, "name": "A", "order": 1, "roles": roles, "total_episode_count": 4}]
    jobs = [{"job": "Writer", "episode_count": 2}, {"job": "Director", "episode_count": 2}]
    crew = [
        {"id": 6, "name": "B", "jobs": jobs, "department": "Writing"},
        {"id": 7, "name": "C", "jobs": [{"job": "Producer", "episode_count": 9}, {"job": "Grip"}]},
    ]
    body = {"credits": {"cast": []}, "aggregate_credits": {"cast": cast, "crew": crew}}
    found = people(body)
    assert found["cast_members"] == [
        {"person_id": 5, "name": "A", "character": "X / Y", "order": 1, "episode_count": 4}
    ]
    crew_members = found["crew_members"]
    assert [(one["person_id"], one["job"], one["episode_count"]) for one in crew_members] == [
        (7, "Producer", 9), (6, "Director", 2), (6, "Writer", 2),
    ]  # fmt: skip


def test_details_without_credits_tell_nothing() -> None:
    assert people({"id": 5}) == {}
    assert people({"credits": None, "aggregate_credits": []}) == {}
    assert people({"credits": {}}) == {"cast_members": [], "crew_members": []}


def test_credits_come_with_the_details(tmdb: FakeTmdb) -> None:
    tmdb.add("movie", 1)
    tmdb.add("tv", 2)
    tmdb.titles["movie"][1]["credits"] = {"cast": [player(0)], "crew": [worker("Director")]}
    crew = [{"id": 6, "name": "B", "jobs": [{"job": "Writer", "episode_count": 2}]}]
    tmdb.titles["tv"][2]["aggregate_credits"] = {"cast": "odd", "crew": crew}
    messages = run("tmdb_movies", "tmdb_tv")
    (film,), (series,) = messages.records("tmdb_movies"), messages.records("tmdb_tv")
    assert film["cast_members"] == [{"person_id": 100, "name": "A", "character": "B", "order": 0}]
    assert film["crew_members"][0]["job"] == "Director"
    assert series["cast_members"] == []
    assert series["crew_members"][0] == {
        "person_id": 6, "name": "B", "job": "Writer", "department": None, "episode_count": 2,
    }  # fmt: skip
    parts = {path: query["append_to_response"] for path, query in tmdb.asked if path[-2] == "/"}
    assert parts == {
        "/3/movie/1": "external_ids,credits",
        "/3/tv/2": "external_ids,aggregate_credits",
    }


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(JOBS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cast", "crew", "roles", "jobs", "job", "order", "id", "episode_count"]
            ),
            inner,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["credits", "aggregate_credits"]), odd))
def test_odd_credits_are_no_error(body: dict[str, Any]) -> None:
    found = people(body)
    assert len(found.get("cast_members", ())) <= CAST_KEPT
    assert len(found.get("crew_members", ())) <= CREW_KEPT


@pytest.mark.parametrize("kind", ["movie", "tv"])
def test_recorded_credits_name_people(recordings: Path, kind: str) -> None:
    whole = "credits" if kind == "movie" else "(aggregate_)?credits"
    kept = 0
    with (recordings / "MANIFEST.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            path = row["endpoint"].partition("?")[0]
            if row["http_status"] == "200" and re.fullmatch(rf"/3/{kind}/[^/]+/{whole}", path):
                body = json.loads((recordings / row["local_path"]).read_bytes())
                found = people({path.rpartition("/")[2]: body})
                for one in (*found["cast_members"], *found["crew_members"]):
                    assert isinstance(one["person_id"], int)
                    assert one["name"]
                assert len(found["cast_members"]) == min(CAST_KEPT, len(body["cast"]))
                kept += len(found["crew_members"])
    assert kept
