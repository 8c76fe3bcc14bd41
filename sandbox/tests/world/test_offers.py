"""Offers: windows of days, and what they say of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.world.offers import PERMANENT_SHARE, OfferPlan

START = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def plans() -> list[OfferPlan]:
    return [OfferPlan(7, key, "movie", START.date()) for key in range(1, 121)]


def test_many_offers_neither_begin_nor_end(plans: list[OfferPlan]) -> None:
    windows = [window for plan in plans for window in plan.windows]
    permanent = [window for window in windows if window.begins is None and window.ends is None]
    assert abs(len(permanent) / len(windows) - PERMANENT_SHARE) < 0.05
    for plan in plans:
        always = {(w.country, w.monetization, w.service.provider_id)
                  for w in plan.windows if w.ends is None}  # fmt: skip
        for days in (-700, 0, 365):
            offers = plan.at(START + timedelta(days=days))
            assert all(
                number in [service.provider_id for service in offers[country][kind]]
                for country, kind, number in always
            )


def test_an_offer_is_there_from_its_first_instant_to_its_last(plans: list[OfferPlan]) -> None:
    windows = [(plan, w) for plan in plans for w in plan.windows if w.begins and w.ends]
    assert windows
    second = timedelta(seconds=1)
    for plan, window in windows[:300]:
        assert window.begins
        assert window.ends
        for instant, there in (
            (window.begins - second, False),
            (window.begins, True),
            (window.ends - second, True),
            (window.ends, False),
        ):
            found = plan.at(instant).get(window.country, {}).get(window.monetization, ())
            assert (window.service in found) == there
