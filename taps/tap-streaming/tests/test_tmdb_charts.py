"""tmdb_charts: eight lists once a day, whatever happens to their pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fake_tmdb_more import FakeTmdbMore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import make_tap, run, table

from tap_streaming.streams.tmdb_charts import CHARTS, PAGE_ROWS

NAME = "tmdb_charts"
PATHS = [f"{media_type}/{chart}" for media_type, charts in CHARTS.items() for chart in charts]


@pytest.fixture
def charts(monkeypatch: pytest.MonkeyPatch) -> FakeTmdbMore:
    fake = FakeTmdbMore()
    fake.page_size = PAGE_ROWS
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: fake.send(request)
    )
    for path in PATHS:
        named = "title" if path.startswith("movie") else "name"
        fake.charts[path] = [{"id": one, named: f"{path} {one}"} for one in range(1, 131)]
    return fake


def test_the_first_pages_of_each_chart_are_ranked(charts: FakeTmdbMore) -> None:
    messages = run(NAME)
    records = messages.records()
    assert len(records) == 8 * 100
    assert records[20] == {
        "chart": "popular", "media_type": "movie", "rank": 21, "snapshot_date": "2026-11-23",
        "snapshot_at": "2026-11-23T15:00:00+00:00", "region": None, "id": 21,
        "title": "movie/popular 21", "popularity": None, "vote_average": None, "vote_count": None,
        "release_date": None,
    }  # fmt: skip
    assert len(table(messages.all, make_tap([]))) == 800
    assert len(charts.asked) == 1 + 40
    assert "region" not in charts.asked[1][1]


def test_a_country_is_asked_for_films_only(charts: FakeTmdbMore) -> None:
    records = run(NAME, tmdb_chart_region="de", tmdb_chart_pages=1).records()
    asked = {(path.split("/")[2], query.get("region")) for path, query in charts.asked[1:]}
    assert asked == {("movie", "DE"), ("tv", None)}
    assert {(row["media_type"], row["region"]) for row in records} == asked


def test_charts_are_read_once_a_day(charts: FakeTmdbMore) -> None:
    first = run(NAME)
    charts.asked.clear()
    assert run(NAME, state=first.states[-1]).records() == []
    assert len(charts.asked) == 1
    assert len(run(NAME, state=first.states[-1], tmdb_chart_pages=6).records()) == 8 * 120
    assert len(run(NAME, state=first.states[-1], tmdb_chart_region="US").records()) == 800
    charts.clock += timedelta(days=1)
    records = run(NAME, state=first.states[-1]).records()
    assert {record["snapshot_date"] for record in records} == {"2026-11-24"}


@pytest.mark.parametrize("value", ["2027-01-01", "soon", 7, None])
@pytest.mark.usefixtures("charts")
def test_a_bookmark_without_meaning_means_a_reading(value: Any) -> None:
    state = {"bookmarks": {NAME: {"replication_key_value": value}}}
    assert len(run(NAME, state=state, tmdb_chart_pages=1).records()) == 160


@pytest.mark.usefixtures("charts")
def test_a_stopped_run_is_begun_anew() -> None:
    clean = run(NAME, tmdb_chart_pages=1)
    for place in range(1, len(clean.all), 9):
        kept, state = run(NAME, tmdb_chart_pages=1, stop_after=place).safe()
        rest = run(NAME, tmdb_chart_pages=1, state=state)
        assert table([*kept, *rest.all], make_tap([])) == table(clean.all, make_tap([]))
        assert rest.states[-1] == clean.states[-1]


def test_a_title_met_twice_keeps_both_places(charts: FakeTmdbMore) -> None:
    rows = charts.charts["movie/popular"]
    rows[20] = rows[19]
    records = run(NAME, tmdb_chart_pages=2).records()[:40]
    assert [(row["rank"], row["id"]) for row in records[18:22]] == [
        (19, 19), (20, 20), (21, 20), (22, 22),
    ]  # fmt: skip


def test_what_a_run_costs(charts: FakeTmdbMore) -> None:
    state: Any = None
    for cost in (40, 0):
        stream: Any = make_tap([NAME], state).streams[NAME]
        assert stream.cost() == cost
        charts.asked.clear()
        state = run(NAME, state=state).states[-1]
        assert len(charts.asked) - 1 == cost


odd: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([])
)
rows = st.lists(
    odd | st.fixed_dictionaries({"id": st.integers(1, 9)}, optional={"title": odd, "page": odd}),
    max_size=PAGE_ROWS,
    # A page with rows and no object is no page: test_spoilt_answers.py.
).filter(lambda rows: not rows or any(isinstance(row, dict) for row in rows))


@given(
    pages=st.lists(rows | st.just(None), min_size=1, max_size=4),
    total=odd | st.integers(1, 600),
    number=odd.filter(lambda one: type(one) is not int),
)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_odd_pages_end_no_run(charts: FakeTmdbMore, pages: Any, total: Any, number: Any) -> None:
    def page(query: dict[str, str]) -> Any:
        asked = int(query["page"])
        found = pages[asked - 1] if asked <= len(pages) else []
        if found is None and asked > 1:
            return None
        return {"page": number, "results": found or [], "total_pages": total}

    charts.routes.insert(0, (r"/3/movie/popular", page))
    records = [
        record
        for record in run(NAME, tmdb_chart_pages=3, request_max_tries=1).records()
        if (record["media_type"], record["chart"]) == ("movie", "popular")
    ]
    charts.routes.pop(0)
    for record in records:
        place, index = divmod(record["rank"] - 1, PAGE_ROWS)
        ids = [row["id"] for row in pages[place] if isinstance(row, dict) and "id" in row]
        assert [*dict.fromkeys(ids)][index] == record["id"]
    assert len({record["rank"] for record in records}) == len(records)
    first = {row["id"] for row in pages[0] or () if isinstance(row, dict) and "id" in row}
    assert len([record for record in records if record["rank"] <= PAGE_ROWS]) == len(first)
