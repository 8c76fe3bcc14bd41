"""The time zones of the seed are ones that every database of them has."""

from __future__ import annotations

import csv
from pathlib import Path
from zoneinfo import available_timezones

SEED = Path(__file__).resolve().parents[2] / "transform" / "seeds" / "country_time_zones.csv"


def test_every_zone_is_in_the_iana_database() -> None:
    with SEED.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 240
    assert {row["time_zone"] for row in rows} <= available_timezones()
