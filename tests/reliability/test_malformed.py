"""A thousand malformed Singer messages: no loss, no silent success, no bookmark beyond the rows."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from loader import LOADED, REFUSED_BY_CHECK, REFUSED_BY_LOADER, Loader, loading
from malformed import PLANTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workspace import Workspace

pytestmark = [
    pytest.mark.pipeline,
    pytest.mark.skipif(
        "RELIABILITY_ROUNDS" not in os.environ,
        reason="takes half an hour: `make reliability` runs it",
    ),
]

CASES = 1000
SEED = int(os.environ.get("RELIABILITY_SEED", "20261129"))
LOADED_OF_REFUSED = 8
"""Of so many cases that the check refuses, the lines before are loaded in one."""


@pytest.fixture(scope="module")
def loader(harmed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loader]:
    with loading(harmed, tmp_path_factory.mktemp("malformed")) as made:
        yield made


@pytest.mark.parametrize("planted", PLANTED)
def test_malformed_messages(
    loader: Loader, planted: str, record_property: Callable[[str, Any], None]
) -> None:
    numbers = range([*PLANTED].index(planted), CASES, len(PLANTED))
    outcomes = {
        number: loader.outcome(
            number, SEED, load_refused=number // len(PLANTED) % LOADED_OF_REFUSED == 0
        )
        for number in numbers
    }
    assert {number: one for number, one in outcomes.items() if one.wrong} == {}
    ended = Counter(outcome.ended for outcome in outcomes.values())
    record_property(
        "malformed",
        f"{planted:21} {len(outcomes):3} cases: "
        + ", ".join(
            f"{ended[how]:3} {how}" for how in (LOADED, REFUSED_BY_CHECK, REFUSED_BY_LOADER)
        ),
    )
