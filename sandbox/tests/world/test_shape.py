"""Viewing looks like viewing, and the faults come as often as documented."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

import pytest

from sandbox.world import dirt
from sandbox.world.opinions import RatingTable, WatchlistTable
from sandbox.world.timeline import NEVER

from .conftest import START

if TYPE_CHECKING:
    from sandbox.world import World

    from .conftest import Lengths, Row, Rows


def assert_share(found: int, total: int, expected: float) -> None:
    """Allow four standard deviations of chance."""
    spread = 4 * sqrt(expected * (1 - expected) / total)
    assert found / total == pytest.approx(expected, abs=spread + 0.0005), (found, total)


@pytest.fixture(scope="module")
def sessions(rows: Rows) -> list[Row]:
    return rows["viewing_sessions"]


@pytest.fixture(scope="module")
def lengths(world: World, rows: Rows) -> Lengths:
    """Seconds per title id and, for series, season and episode."""
    found = {}
    for row in rows["titles"]:
        title = world.catalogue.titles[row[0] - 1001]
        for season in title.complete.seasons:
            for episode in season.episodes:
                length = episode.runtime or world.library.stories[row[0] - 2501].minutes
                found[row[0], season.number, episode.number] = 60 * length
        if title.media_type == "movie":
            found[row[0], None, None] = 60 * world.library.films[row[0] - 1001].runtime
    return found


def test_few_titles_get_most_viewing(sessions: list[Row]) -> None:
    views = sorted(Counter(row[2] for row in sessions).values(), reverse=True)
    assert sum(views[: len(views) // 10]) > 0.4 * len(sessions)
    assert len(views) > 900


def test_popularity_drifts(sessions: list[Row]) -> None:
    early = Counter(row[2] for row in sessions if row[8] < START - timedelta(days=60))
    late = Counter(row[2] for row in sessions if row[8] > START - timedelta(days=30))
    top, now = ({key for key, _ in some.most_common(30)} for some in (early, late))
    assert 3 <= len(top & now) <= 27


def test_evenings_and_weekends_are_busiest(sessions: list[Row]) -> None:
    germans = [row[8] + timedelta(hours=1) for row in sessions if row[7] == "DE"]
    hours = Counter(at.hour for at in germans)
    assert hours.most_common(1)[0][0] in {19, 20, 21}
    assert hours[4] < 0.15 * hours[20]
    days = Counter(at.weekday() for at in germans)
    assert days[5] + days[6] > 2 * (days[0] + days[1]) / 2 * 1.1


def test_viewers_run_through_episodes(sessions: list[Row]) -> None:
    runs = 0
    by_profile = defaultdict(list)
    for row in sessions:
        if row[4] is not None and row[9] is not None:
            by_profile[row[1], row[2], row[3]].append((row[8], row[9], row[4]))
    for seen in by_profile.values():
        seen.sort()
        for (_, ended, number), (started, _, following) in pairwise(seen):
            runs += following == number + 1 and started - ended < timedelta(minutes=2)
    assert runs > 0.1 * len(sessions)


def test_completion_depends_on_device_and_length(sessions: list[Row], lengths: Lengths) -> None:
    finished: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in sessions:
        length = lengths[row[2], row[3], row[4]]
        for key in (row[5], "long" if length > 7200 else "short" if length < 3000 else "middle"):
            total[key] += 1
            finished[key] += row[10] > 0.92 * length
    share = {key: finished[key] / total[key] for key in total}
    assert share["tv"] > share["web"] > share["mobile"]
    assert share["short"] > share["long"] + 0.1


def test_faults_of_sessions(sessions: list[Row], lengths: Lengths) -> None:
    total = len(sessions)
    settled = [row for row in sessions if row[8] < START - timedelta(days=12)]
    assert_share(sum(row[9] is None for row in settled), len(settled), dirt.SESSION_WITHOUT_END)
    backwards = sum(row[9] is not None and row[9] < row[8] for row in sessions)
    assert_share(backwards, total, dirt.SESSION_CLOCK_BACKWARDS)
    overlong = sum(row[10] > lengths[row[2], row[3], row[4]] for row in sessions)
    assert_share(overlong, total, dirt.SESSION_OVERLONG)
    late = sum(row[9] is not None and row[15] - row[9] > timedelta(days=0.9) for row in settled)
    assert_share(late, len(settled), dirt.SESSION_LATE)
    corrected = sum(row[16] - row[15] > timedelta(days=0.9) for row in settled)
    assert_share(corrected, len(settled), dirt.SESSION_CORRECTED)
    copies = total - len({(row[1], row[2], row[8]) for row in sessions})
    assert_share(copies, total, dirt.SESSION_DUPLICATE)
    assert_share(sum(row[11] is None for row in sessions), total, dirt.SESSION_WITHOUT_POSITION)
    assert_share(sum(row[12] is None for row in sessions), total, dirt.SESSION_WITHOUT_BITRATE)
    assert_share(sum(row[14] is None for row in sessions), total, dirt.SESSION_WITHOUT_IP)
    assert_share(sum(row[6] == "" for row in sessions), total, dirt.SESSION_WITHOUT_VERSION)
    assert all(isinstance(json.loads(row[13]), dict) for row in sessions[:500])


def test_a_duplicate_differs_in_its_key_and_times_only(sessions: list[Row]) -> None:
    seen = defaultdict(list)
    for row in sessions:
        if row[8] < START - timedelta(days=12) and row[15] == row[16]:
            seen[row[1], row[2], row[8]].append(row)
    pairs = [group for group in seen.values() if len(group) == 2]
    assert len(pairs) > 50
    for first, second in pairs:
        assert first[0] != second[0]
        assert first[1:15] == second[1:15]


def test_faults_of_users(rows: Rows) -> None:
    users = rows["users"]
    total = len(users)
    emails = [row[1] for row in users]
    assert_share(sum(mail.strip() != mail for mail in emails), total, dirt.EMAIL_PADDED)
    assert_share(sum(mail.lower() != mail for mail in emails), total, dirt.EMAIL_MIXED_CASE)
    shared = total - len({mail.strip().lower() for mail in emails})
    assert_share(shared, total, dirt.EMAIL_SHARED)
    assert_share(sum(not row[3] for row in users), total, dirt.USER_WITHOUT_NAME)
    assert any(row[3] == "" for row in users)
    assert_share(sum(row[5] is None for row in users), total, dirt.USER_WITHOUT_BIRTH_DATE)
    placeholders = sum(str(row[5]) == "1900-01-01" for row in users)
    assert_share(placeholders, total, dirt.USER_PLACEHOLDER_BIRTH_DATE)
    assert_share(sum(row[7] is None for row in users), total, dirt.USER_WITHOUT_SOURCE)
    assert {row[10] for row in users} == {"active", "suspended", "closed"}


def test_faults_of_titles(rows: Rows) -> None:
    titles = rows["titles"]
    total = len(titles)
    assert_share(sum(row[6] is None for row in titles), total, dirt.TITLE_WITHOUT_TMDB_ID)
    films = [row for row in titles if row[1] == "film"]
    without = sum(row[7] is None for row in films)
    assert_share(without, len(films), dirt.TITLE_WITHOUT_IMDB_ID)
    assert_share(sum(row[9] == [] for row in titles), total, dirt.TITLE_WITHOUT_GENRES)
    assert_share(sum(row[9] == [""] for row in titles), total, dirt.TITLE_BLANK_GENRE)
    assert_share(sum(row[5] is None for row in titles), total, dirt.TITLE_WITHOUT_RUNTIME)
    assert_share(sum(row[10] is None for row in titles), total, dirt.TITLE_WITHOUT_MATURITY)
    assert any(row[13] for row in titles)


def test_hard_deletes(world: World, rows: Rows) -> None:
    end = START + timedelta(days=365)
    erased = len(world.database.delta("users", START, end).deleted)
    assert_share(erased, len(rows["users"]), dirt.ERASED_PER_YEAR)
    for table, share in (
        ("ratings", dirt.RATING_REMOVED),
        ("watchlist_items", dirt.WATCHLIST_REMOVED),
    ):
        some = world.database._tables[table]
        assert isinstance(some, RatingTable | WatchlistTable)
        assert_share(int((some.removed != NEVER).sum()), len(some.removed), share)


def test_subscriptions_have_all_states(rows: Rows) -> None:
    states = Counter(row[3] for row in rows["subscriptions"])
    assert set(states) == {"trialing", "active", "past_due", "cancelled", "expired"}
    assert states["active"] > 2000
    assert {row[9] for row in rows["subscriptions"]} >= {"USD", "EUR", "GBP", "JPY"}
