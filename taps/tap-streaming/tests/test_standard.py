"""The SDK's own suite for taps, for every stream, against the sandbox's platforms."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_streaming.tap import TapStreaming

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = os.environ["TAP_STREAMING_TEST_URL"]

SuiteOfTheSdk = get_tap_test_class(
    TapStreaming,
    config={
        "sa_api_key": "sandbox",
        "sa_api_url": f"{URL}/streaming-availability",
        "sa_monthly_requests": 1_000_000,
        "sa_requests_per_second": 1e6,
        "sa_services": ["netflix", "prime"],
        "tmdb_access_token": "sandbox",
        "tmdb_api_url": f"{URL}/tmdb/3",
        "tvmaze_api_url": f"{URL}/tvmaze",
        "tmdb_min_vote_count": 0,
        "tmdb_watch_countries": [],
        "tmdb_requests_per_second": 1e6,
        "tvmaze_requests_per_second": 1e6,
        "watchmode_api_key": "sandbox",
        "watchmode_api_url": f"{URL}/watchmode/v1",
        "watchmode_max_titles": 20,
        "watchmode_requests_per_second": 1e6,
    },
    suite_config=SuiteConfig(max_records_limit=60),
    parse_env_config=False,
)


@pytest.mark.usefixtures("served")
class TestTapStreaming(SuiteOfTheSdk):  # type: ignore[misc,valid-type]
    """Each test of the suite, for the tap, its streams and their fields."""


@pytest.fixture(scope="class")
def served(sandbox_server: object) -> Iterator[None]:
    """Have the platforms up before the suite's own fixtures ask them."""
    assert sandbox_server
    return
