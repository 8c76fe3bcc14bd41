"""What the platforms show about titles."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from sandbox.world import MONETIZATIONS, World
from sandbox.world.changes import DAYS_AFTER_START, DAYS_BEFORE_START
from sandbox.world.views import NO_IMDB_SHARE, NO_TVDB_SHARE

from .conftest import START

if TYPE_CHECKING:
    from sandbox.world import MediaType, TitleView, Window


@pytest.fixture(scope="module")
def views(world: World) -> list[TitleView]:
    return [view for title in world.catalogue.titles if (view := title.at(START))]


def test_has_the_promised_titles(world: World) -> None:
    kinds = [title.media_type for title in world.catalogue.titles]
    assert kinds.count("movie") == 1500
    assert kinds.count("tv") == 300
    assert [title.key for title in world.catalogue.titles] == list(range(1, 1801))


@pytest.mark.parametrize(("titles", "films"), [(100, 83), (2000, 1666), (20_000, 15_894)])
def test_worlds_of_other_sizes(world: World, titles: int, films: int) -> None:
    """With 20,000 there are all the real films, and series make up for the rest."""
    other = World(seed=world.seed, scale=world.scale, start=world.start, titles=titles)
    found = other.catalogue.titles
    keys = [(title.media_type, title.tmdb_id) for title in found]
    assert len(set(keys)) == len(found) == titles
    assert sum(title.media_type == "movie" for title in found) == films
    for ids in (
        [title.tvmaze_id for title in found if title.tvmaze_id],
        [title.complete.imdb_id for title in found if title.complete.imdb_id],
        [title.complete.wikidata_id for title in found if title.complete.wikidata_id],
        [season.tmdb_id for title in found for season in title.complete.seasons],
        [
            episode.tmdb_id
            for title in found
            for season in title.complete.seasons
            for episode in season.episodes
        ],
    ):
        assert len(set(ids)) == len(ids)
    same = min(films, 1500)
    names = [title.complete.title for title in found[:same]]
    assert names == [title.complete.title for title in world.catalogue.titles[:same]]


def test_films_are_real_and_well_known(views: list[TitleView]) -> None:
    names = {view.title: view for view in views if view.media_type == "movie"}
    film = names["The Dark Knight Rises"]
    assert film.runtime == 164
    assert film.imdb_id in {"tt1345836", None}
    assert film.release_date is not None
    assert film.release_date.year == 2012


def test_ids_are_unique_per_platform_and_collide_across_media_types(world: World) -> None:
    titles = world.catalogue.titles
    films = [title.tmdb_id for title in titles if title.media_type == "movie"]
    series = [title.tmdb_id for title in titles if title.media_type == "tv"]
    assert len(set(films)) == len(films)
    assert len(set(series)) == len(series)
    assert 10 <= len(set(films) & set(series)) <= 60
    tvmaze = [title.tvmaze_id for title in titles if title.tvmaze_id is not None]
    assert len(set(tvmaze)) == len(tvmaze)
    assert 270 <= len(tvmaze) < 300
    assert max(tvmaze) > 500
    assert all(title.tvmaze_id is None for title in titles if title.media_type == "movie")


@pytest.mark.parametrize("field", ["imdb_id", "tvdb_id", "wikidata_id"])
def test_foreign_ids_are_unique(views: list[TitleView], field: str) -> None:
    found = [getattr(view, field) for view in views if getattr(view, field)]
    assert len(set(found)) == len(found)


def test_season_and_episode_ids_are_unique(world: World) -> None:
    seasons = [season for title in world.catalogue.titles for season in title.complete.seasons]
    episodes = [episode for season in seasons for episode in season.episodes]
    for some in (seasons, episodes):
        assert len({item.tmdb_id for item in some}) == len(some)
        assert len({item.tvmaze_id for item in some}) == len(some)
    assert any(episode.number is None for episode in episodes)
    assert any(episode.airdate is None for episode in episodes)
    assert any(episode.runtime is None for episode in episodes)
    assert any(season.number > 1900 for season in seasons)


def test_some_facts_are_missing(views: list[TitleView]) -> None:
    series = [view for view in views if view.media_type == "tv"]
    films = [view for view in views if view.media_type == "movie"]
    without = sum(view.imdb_id is None for view in series) / len(series)
    assert without == pytest.approx(NO_IMDB_SHARE["tv"], abs=0.07)
    without = sum(view.tvdb_id is None for view in series) / len(series)
    assert without == pytest.approx(NO_TVDB_SHARE, abs=0.07)
    for field in ("imdb_id", "runtime", "release_date", "poster_path", "backdrop_path"):
        assert 0 < sum(getattr(view, field) is None for view in films) < 0.1 * len(films)
    for empty in ("overview", "tagline", "homepage", "genres"):
        assert any(not getattr(view, empty) for view in films)
    assert any(view.budget == 0 for view in films)
    assert any(not view.networks for view in series)
    assert any({network.is_web for network in view.networks} == {True, False} for view in series)
    assert any(n.country is None for view in series for n in view.networks)
    assert {view.tvmaze_status for view in series} == {
        "Running",
        "Ended",
        "To Be Determined",
        "In Development",
    }


def test_views_hold_plain_values_only(views: list[TitleView]) -> None:
    def walk(value: object) -> None:
        assert not type(value).__module__.startswith("numpy"), value
        if is_dataclass(value):
            for field in fields(value):
                walk(getattr(value, field.name))
        elif isinstance(value, dict):
            for item in (*value.keys(), *value.values()):
                walk(item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                walk(item)

    for view in views:
        walk(view)


def test_offers_have_services_that_serve_the_country(views: list[TitleView]) -> None:
    assert sum(bool(view.offers) for view in views) > 0.8 * len(views)
    for view in views:
        for country, kinds in view.offers.items():
            assert kinds
            assert set(kinds) <= set(MONETIZATIONS)
            for kind, services in kinds.items():
                assert services
                assert len({service.provider_id for service in services}) == len(services)
                for service in services:
                    assert country in service.display_priorities
                    assert kind in service.monetizations


def test_offers_change_without_an_entry_in_changes(world: World) -> None:
    week = START + timedelta(days=7)
    silent = [
        title
        for title in world.catalogue.titles
        if not title.changed_between(START, week)
        and (before := title.at(START))
        and (after := title.at(week))
        and before.offers != after.offers
    ]
    assert len(silent) > 5


def test_nothing_but_offers_differs_between_changes(world: World) -> None:
    for title in world.catalogue.titles[::7]:
        for before, after in pairwise(title.changes):
            first, last = title.at(before), title.at(after - timedelta(seconds=1))
            if first is None:
                assert last is None
                continue
            for field in fields(first):
                if field.name != "offers":
                    assert getattr(first, field.name) == getattr(last, field.name), field.name


def test_changes_ascend_within_their_window(world: World) -> None:
    first = START - timedelta(days=DAYS_BEFORE_START)
    last = START + timedelta(days=DAYS_AFTER_START)
    for title in world.catalogue.titles:
        assert list(title.changes) == sorted(set(title.changes))
        assert all(first <= at <= last and at.microsecond == 0 for at in title.changes)


def test_every_day_brings_changes_of_both_kinds(world: World) -> None:
    for number in range(-29, 360, 13):
        day = START + timedelta(days=number)
        for kind in ("movie", "tv"):
            changed = sum(
                title.changed_between(day, day + timedelta(days=1))
                for title in world.catalogue.titles
                if title.media_type == kind
            )
            assert 5 <= changed <= 120, (number, kind, changed)


def test_titles_appear_and_vanish(world: World) -> None:
    titles = world.catalogue.titles
    end = START + timedelta(days=DAYS_AFTER_START)
    gone = [title for title in titles if title.at(START) and not title.at(end)]
    new = [title for title in titles if not title.at(START) and title.at(end)]
    assert 20 <= len(gone) <= 90
    assert len(new) >= 30
    for title in gone:
        assert title.deleted_at is not None
        assert title.at(title.deleted_at) is None
        assert title.at(title.deleted_at - timedelta(seconds=1)) is not None
        assert title.changes[-1] == title.deleted_at
    for title in new:
        if title.added_at > START:
            assert title.at(title.added_at - timedelta(seconds=1)) is None
            assert title.changes[0] == title.added_at


def test_facts_get_known_and_episodes_get_ratings(world: World) -> None:
    learned = 0
    for title in world.catalogue.titles:
        before, after = title.at(START), title.at(START + timedelta(days=300))
        if before and after:
            learned += before.imdb_id is None and after.imdb_id is not None
    assert learned > 3
    running = [
        title
        for title in world.catalogue.titles
        for season in title.complete.seasons
        if season.premiere and 0 < (season.premiere - START.date()).days < 25
    ]
    assert running
    for title in running:
        view = title.at(START)
        assert view is not None
        coming = [
            e for s in view.seasons for e in s.episodes if e.airdate and e.airdate > START.date()
        ]
        assert all(episode.rating is None and episode.vote_count == 0 for episode in coming)


def test_updated_at_follows_the_clock(world: World) -> None:
    title = world.catalogue.titles[0]
    for at in title.changes:
        assert title.updated_at(at) == at
        assert title.updated_at(at + timedelta(seconds=1)) == at
    assert title.updated_at(START - timedelta(days=31)) == title.added_at


@pytest.mark.parametrize("window", ["day", "week"])
@pytest.mark.parametrize("media_type", ["movie", "tv"])
def test_trending_lists_twenty_and_moves(
    world: World, media_type: MediaType, window: Window
) -> None:
    today = world.trending(media_type, window, START)
    later = world.trending(media_type, window, START + timedelta(days=8))
    assert len(set(today)) == len(set(later)) == 20
    assert all(title.media_type == media_type and title.at(START) for title in today)
    assert today != later
    assert set(today) & set(later)
