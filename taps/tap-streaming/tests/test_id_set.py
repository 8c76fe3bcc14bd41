"""Sets of ids as text: what goes in comes out, and what is too long is cut at the old end."""

from __future__ import annotations

import base64
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_streaming.id_set import LARGEST, pack, unpack

MOST = 5000


@settings(deadline=None)
@given(st.sets(st.integers(0, 2000) | st.integers(0, LARGEST - 1), max_size=60))
def test_what_is_packed_is_unpacked(ids: set[int]) -> None:
    assert unpack(pack(ids, MOST)[0]) == ids


def with_gaps(count: int, share: float) -> set[int]:
    numbers = range(1, round(count / (1 - share)))
    return set(random.Random(count).sample(numbers, round(len(numbers) * (1 - share))))


@pytest.mark.parametrize(("share", "size"), [(0.04, 4250), (0.06, 5450)])
def test_ninety_thousand_ids_are_as_short_as_the_module_says(share: float, size: int) -> None:
    ids = with_gaps(90_000, share)
    text, held = pack(ids, 100_000)
    assert size - 150 < len(text) <= size
    assert unpack(text) == ids
    assert held == len(ids)


def test_the_lowest_ids_are_left_out_if_there_is_no_room() -> None:
    ids = with_gaps(90_000, 0.12)
    text, held = pack(ids, MOST)
    kept = unpack(text)
    assert 0.8 * MOST < len(text) <= MOST
    assert kept is not None
    assert 30_000 < held == len(kept)
    assert kept == set(sorted(ids)[-len(kept) :])


def test_an_absurd_id_is_not_kept() -> None:
    assert unpack(pack({1, LARGEST, 10**18}, MOST)[0]) == {1}


def test_a_small_set_is_short() -> None:
    assert len(pack({82, 90_000}, MOST)[0]) < 60
    assert unpack(pack(set(), MOST)[0]) == set()


@pytest.mark.parametrize("bad", [None, 5, [], {}, "x", "????", "AAAA", "ä", "eJw"])
def test_what_is_no_such_text(bad: object) -> None:
    assert unpack(bad) is None


def test_a_text_that_would_unpack_to_far_too_much() -> None:
    bomb = base64.b64encode(zlib.compress(b"\xff" * (LARGEST // 8 + 1000))).decode()
    assert unpack(bomb) is None


def test_a_text_cut_short_is_no_such_text() -> None:
    text, _ = pack(with_gaps(1000, 0.1), MOST)
    assert unpack(text[: len(text) // 8 * 4]) is None
