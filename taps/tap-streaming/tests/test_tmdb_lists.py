"""Lists of TMDB that move, shrink or hold odd rows while their pages are read."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tap_fakes import FakeApi, make_tap

from tap_streaming.errors import TapError
from tap_streaming.streams.tmdb_base import DISCOVER

CALL = DISCOVER.call({"sort_by": "x"}, media_type="movie")
FIXTURE = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
odd = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.just([])
)
good_rows = st.builds(
    lambda one, adult: {"id": one, "adult": adult}, st.integers(1, 12), st.none() | st.booleans()
)
odd_rows = odd | st.builds(lambda one: {"id": one}, odd.filter(lambda one: one is not None))
# A page without any object is no page: test_spoilt_answers.py.
pages_of_rows = st.lists(
    st.lists(good_rows | odd_rows, min_size=1, max_size=4).filter(
        lambda rows: any(isinstance(row, dict) for row in rows)
    ),
    min_size=1,
    max_size=6,
)


class Pages:
    """A list, given as its pages; those after the last are empty or not there."""

    def __init__(self, api: FakeApi, pages: list[Any], **told: Any) -> None:
        self.pages = pages
        self.told = {"total_pages": len(pages), "total_results": sum(map(len, pages)), **told}
        self.missing: set[int] = set()
        self.asked: Counter[int] = Counter()
        api.routes = [(r"/3/discover/movie", self.answer)]

    def answer(self, query: dict[str, str]) -> Any:
        page = int(query["page"])
        assert query["sort_by"] == "x"
        self.asked[page] += 1
        if page in self.missing:
            return None
        rows = self.pages[page - 1] if page <= len(self.pages) else []
        return {**self.told, "page": page, "results": rows}

    def ids(self, last: int | None = None) -> set[int]:
        """Return the ids of the usable rows up to a page."""
        return {
            row["id"]
            for page in self.pages[:last]
            for row in page
            if isinstance(row, dict)
            and type(row["id"]) is int
            and row["id"] > 0
            and row.get("adult") is not True
        }


def listed(**settings: Any) -> list[int]:
    settings = {"request_max_tries": 1, **settings}
    stream: Any = make_tap([], **settings).streams["tmdb_movies"]
    return [row["id"] for row in stream.listed(CALL)]


@given(pages=pages_of_rows, workers=st.sampled_from([1, 3]))
@FIXTURE
def test_each_title_is_listed_once_whatever_repeats(api: FakeApi, pages: Any, workers: int) -> None:
    source = Pages(api, pages)
    found = listed(concurrent_requests=workers)
    assert len(found) == len(set(found))
    assert set(found) == source.ids()
    assert max(source.asked.values()) <= 2


@given(pages=pages_of_rows, missing=st.integers(2, 6))
@FIXTURE
def test_a_page_that_vanishes_ends_the_list(api: FakeApi, pages: Any, missing: int) -> None:
    source = Pages(api, pages)
    source.missing = {missing}
    found = set(listed())
    assert found <= source.ids()
    assert found == source.ids(missing - 1)


@given(pages=pages_of_rows, total_pages=odd | st.integers(0, 9), total_results=odd)
@FIXTURE
def test_odd_counts_end_no_run(
    api: FakeApi, pages: Any, total_pages: Any, total_results: Any
) -> None:
    source = Pages(api, pages, total_pages=total_pages, total_results=total_results)
    if type(total_pages) is int and total_pages > len(pages) and total_results != 0:
        with pytest.raises(TapError, match="another shape"):
            listed()
        return
    found = set(listed())
    assert source.ids(1) <= found <= source.ids()
    if type(total_pages) is int and total_pages >= len(pages):
        assert found == source.ids()
    assert max(source.asked) <= 500


@pytest.mark.parametrize("total", [501, 10**9])
def test_no_page_beyond_the_last_is_asked_for(api: FakeApi, total: int) -> None:
    source = Pages(api, [[{"id": one}] for one in range(1, 502)], total_pages=total)
    assert listed() == [*range(1, 501)]
    assert max(source.asked) == 500
    assert max(source.asked.values()) == 1


@pytest.mark.parametrize("moved", range(2, 7))
def test_rows_that_move_a_page_while_it_is_read_are_found(api: FakeApi, moved: int) -> None:
    pages = [[{"id": page * 10 + row} for row in range(1, 4)] for page in range(6)]
    source = Pages(api, pages)
    answer, last = source.answer, list(pages)

    def drifting(query: dict[str, str]) -> Any:
        page = int(query["page"])
        if page == moved and not source.asked[moved]:
            body = answer(query)
            return {**body, "results": last[page - 2][-1:] + last[page - 1][:-1]}
        return answer(query)

    api.routes = [(r"/3/discover/movie", drifting)]
    assert sorted(listed()) == sorted(source.ids())


@pytest.mark.parametrize("empty", [1, 2, 3])
def test_a_page_that_should_have_rows_is_asked_for_again(api: FakeApi, empty: int) -> None:
    source = Pages(api, [[{"id": one}] for one in range(1, 4)])
    answer = source.answer

    def stumbling(query: dict[str, str]) -> Any:
        body = answer(query)
        stumbles = int(query["page"]) == empty and source.asked[empty] == 1
        return {**body, "results": []} if stumbles else body

    api.routes = [(r"/3/discover/movie", stumbling)]
    assert listed(request_max_tries=2) == [1, 2, 3]
    source.asked.clear()
    with pytest.raises(TapError, match="another shape"):
        listed()


def test_a_list_that_is_not_there_is_an_error(api: FakeApi) -> None:
    source = Pages(api, [[]])
    source.missing = {1}
    with pytest.raises(TapError, match="HTTP 404"):
        listed()
