"""Keyed random streams: every draw depends on (seed, kind, key), never on call order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def stream(seed: int, kind: str, *keys: int) -> np.random.Generator:
    """Open the stream of one thing.

    Args:
        seed: The world's seed.
        kind: What is drawn, for example ``"sessions"``.
        keys: Which one, for example the number of the day; negative numbers are fine.

    Returns:
        A generator that starts at the same point in every process.
    """
    words = [seed, crc32(kind.encode()), *(key & 0xFFFFFFFF for key in keys)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def fraction(seed: int, kind: str, *keys: int) -> float:
    """Draw one number in [0, 1) without opening a stream."""
    text = f"{seed}/{kind}/{'/'.join(map(str, keys))}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def fractions(seed: int, kind: str, *keys: NDArray[np.int64]) -> NDArray[np.float64]:
    """Draw one number in [0, 1) for each row of integer keys (splitmix64 over the keys)."""
    state = np.uint64((seed * 0x9E3779B97F4A7C15 + crc32(kind.encode())) & 0xFFFFFFFFFFFFFFFF)
    mixed = np.full(np.broadcast(*keys).shape, state, dtype=np.uint64)
    for key in keys:
        mixed = _mix(mixed ^ _mix(np.asarray(key).astype(np.uint64)))
    return (mixed >> np.uint64(11)).astype(np.float64) / float(2**53)


def pick(choices: Sequence[str], numbers: NDArray[np.float64]) -> list[str]:
    """Choose one of ``choices`` per number in [0, 1), evenly."""
    return [choices[index] for index in (numbers * len(choices)).astype(int).tolist()]


def weighted(weights: Sequence[float], numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Choose an index per number in [0, 1), each as often as its weight says."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    found = np.searchsorted(cumulative / cumulative[-1], numbers, side="right")
    return np.minimum(found, len(cumulative) - 1).astype(np.int64)


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))
