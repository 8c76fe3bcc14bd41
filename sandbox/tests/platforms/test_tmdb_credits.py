"""TMDB's people: casts, crews, guests of episodes, and how often each took part."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.world import TitleView

ABOUT_A_PERSON = ("name", "gender", "known_for_department", "popularity", "profile_path")


@pytest.fixture
def running(series: list[TitleView]) -> TitleView:
    """A series with more than one season of shown episodes."""
    return next(view for view in series if len(view.seasons) > 2)


def episodes(tmdb: Any, view: TitleView) -> list[dict[str, Any]]:
    seasons = tmdb(f"/tv/{view.tmdb_id}")["seasons"]
    return [
        episode
        for season in seasons
        for episode in tmdb(f"/tv/{view.tmdb_id}/season/{season['season_number']}")["episodes"]
    ]


def test_the_endpoint_and_the_part_are_the_same(tmdb: Any, running: TitleView) -> None:
    body = tmdb(f"/tv/{running.tmdb_id}", append_to_response="credits,aggregate_credits")
    for name in ("credits", "aggregate_credits"):
        alone = tmdb(f"/tv/{running.tmdb_id}/{name}")
        assert alone == {"id": running.tmdb_id, **body[name]}


def test_films_have_no_aggregate(tmdb: Any, films: list[TitleView]) -> None:
    tmdb(f"/movie/{films[0].tmdb_id}/aggregate_credits", 404)
    body = tmdb(f"/movie/{films[0].tmdb_id}", append_to_response="aggregate_credits")
    assert "aggregate_credits" not in body


def test_guests_and_crew_are_counted_over_the_episodes(tmdb: Any, running: TitleView) -> None:
    shown = episodes(tmdb, running)
    guests = Counter(guest["id"] for episode in shown for guest in episode["guest_stars"])
    crew = Counter((one["id"], one["department"]) for episode in shown for one in episode["crew"])
    assert guests
    assert crew
    body = tmdb(f"/tv/{running.tmdb_id}/aggregate_credits")
    cast = {row["id"]: row for row in body["cast"]}
    assert {number: cast[number]["total_episode_count"] for number in guests} == guests
    workers = {(row["id"], row["department"]): row for row in body["crew"]}
    assert {key: workers[key]["total_episode_count"] for key in crew} == crew


def test_totals_are_those_of_the_roles_and_jobs(tmdb: Any, series: list[TitleView]) -> None:
    most = 0
    for view in series[:80]:
        body = tmdb(f"/tv/{view.tmdb_id}/aggregate_credits")
        for part, inner in (("cast", "roles"), ("crew", "jobs")):
            for row in body[part]:
                counts = [share["episode_count"] for share in row[inner]]
                assert row["total_episode_count"] == sum(counts)
                assert min(counts) > 0
                most = max(most, len(counts))
    assert most == 2


def test_nobody_is_in_an_episode_to_come(tmdb: Any, series: list[TitleView]) -> None:
    coming = [
        episode
        for view in series
        if any(item.vote_count == 0 for season in view.seasons for item in season.episodes)
        for episode in episodes(tmdb, view)
        if episode["vote_count"] == 0
    ]
    assert coming
    assert all(episode["crew"] == episode["guest_stars"] == [] for episode in coming)


def test_a_person_is_the_same_everywhere(
    tmdb: Any, films: list[TitleView], series: list[TitleView]
) -> None:
    known: dict[int, tuple[Any, ...]] = {}
    met = 0
    paths = [f"/movie/{view.tmdb_id}/credits" for view in films]
    paths += [f"/tv/{view.tmdb_id}/aggregate_credits" for view in series]
    for path in paths:
        body = tmdb(path)
        for row in [*body["cast"], *body["crew"]]:
            about = tuple(row[name] for name in ABOUT_A_PERSON)
            assert known.setdefault(row["id"], about) == about
            met += 1
    assert len(known) < met
