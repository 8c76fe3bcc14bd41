"""Keys of a table as both databases see them: as text, in buckets, with a checksum each.

A key is told by its text, its columns joined by a bar. The first hexadecimal digits of that text's
MD5 are its bucket, and the last fifteen are a number whose sum over a bucket is the bucket's
checksum: Postgres and Snowflake compute both alike, without extensions. Two buckets that agree in
the number of their keys and in the checksum are taken for the same; where they are not, which is a
chance of one in 2^60, a deletion is found when the bucket changes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEYS_PER_BUCKET = 1000
"""Most keys of a bucket, about; there are a power of sixteen of buckets."""

KEYS_AT_ONCE = 500_000
"""Keys of each side that are read in one scan of the table."""

BUCKETS_AT_ONCE = 16_000
"""Snowflake takes 16,384 values in one list."""

HEX_DIGITS = 16
CHECKSUM_DIGITS = 15
CHECKSUM_MASK = (1 << 4 * CHECKSUM_DIGITS) - 1
LONGEST_PREFIX = 32 - CHECKSUM_DIGITS

COMPARABLE = frozenset({"int2", "int4", "int8", "uuid", "text", "varchar"})
"""Types of ``pg_type`` whose text is the same in both databases."""

WITH_ZONE = "timestamptz"

VERSIONS = frozenset({WITH_ZONE, "timestamp"})
"""Types of ``pg_type`` of a column that can tell a row's version: its replication key."""

Key = tuple[str, ...]
"""The columns of a key, as text."""


@dataclass(frozen=True)
class Table:
    """A table and its primary key.

    Attributes:
        name: Its name in Postgres.
        columns: Of the primary key, in their order.
        types: Their types in ``pg_type``.
    """

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether the text of its keys is the same in both databases."""
        return COMPARABLE.issuperset(self.types)


@dataclass(frozen=True)
class VersionColumn:
    """The column that tells a row's version: another one whenever the row is changed.

    Attributes:
        name: Its name in Postgres.
        kind: Its type in ``pg_type``.
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """What tells whether two sets of keys are the same.

    Attributes:
        keys: Their number.
        checksum: The sum over them.
    """

    keys: int
    checksum: int


def prefix_digits(keys: int) -> int:
    """Return how many digits name a bucket, so that each holds `KEYS_PER_BUCKET` or fewer."""
    digits = 0
    while keys > KEYS_PER_BUCKET * HEX_DIGITS**digits and digits < LONGEST_PREFIX:
        digits += 1
    return digits


def portions(buckets: Mapping[str, Bucket]) -> Iterator[list[str]]:
    """Yield the names of buckets, so many at once as one scan may read."""
    names: list[str] = []
    keys = 0
    for name, bucket in buckets.items():
        if names and (keys + bucket.keys > KEYS_AT_ONCE or len(names) == BUCKETS_AT_ONCE):
            yield names
            names, keys = [], 0
        names.append(name)
        keys += bucket.keys
    if names:
        yield names
