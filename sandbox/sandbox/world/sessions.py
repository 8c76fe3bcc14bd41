"""Viewing sessions as the service records them (table ``viewing_sessions``), faults included."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from sandbox.world import dirt
from sandbox.world.streams import stream, weighted
from sandbox.world.timeline import (
    DAY,
    MINUTE,
    NEVER,
    SECOND,
    Timeline,
    to_datetimes,
    to_uuids,
)
from sandbox.world.users import HISTORY_DAYS
from sandbox.world.viewing import DEVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sandbox.world.licences import TitleTable
    from sandbox.world.profiles import ProfileTable
    from sandbox.world.users import UserTable
    from sandbox.world.viewing import Sittings, Viewing

ANNOUNCING_DEVICES = ("web", "console")
"""Devices that report a session when it begins and again when it ends."""
LATEST_CHANGE_DAYS = 11
"""A session is created and changed for the last time within so many days after its day."""
TRAVEL_SHARE = 0.02
"""Share of sessions outside the user's own country."""

_QUALITIES = ("sd", "hd", "full_hd", "uhd")
_BITRATES = (1800.0, 4200.0, 6800.0, 15500.0)
_QUALITY_WEIGHTS = {
    "tv": (0.02, 0.2, 0.43, 0.35),
    "mobile": (0.3, 0.5, 0.2, 0.0),
    "tablet": (0.1, 0.5, 0.38, 0.02),
    "web": (0.08, 0.42, 0.5, 0.0),
    "console": (0.02, 0.2, 0.5, 0.28),
}
_TRAVEL = ("US", "FR", "ES", "IT", "MX", "TH", "PT", "GR")


@dataclass(frozen=True)
class SessionDay:
    """The sessions of one day of the world.

    Attributes:
        sittings: What happened.
        ids: Key of each session.
        timeline: Created, finished (announcing devices), corrected; erased with the user.
        ended: ``ended_at`` once finished, ``NEVER`` for null.
        announced: Whether the row is written when the session begins.
        first_watched: ``watched_seconds`` before a correction.
        draws: Ten numbers in [0, 1) per session for whatever else varies.
    """

    sittings: Sittings
    ids: list[str]
    timeline: Timeline
    ended: NDArray[np.int64]
    announced: NDArray[np.bool_]
    first_watched: NDArray[np.int64]
    draws: NDArray[np.float64]


class SessionTable:
    """Rows of table ``viewing_sessions``, generated day by day."""

    name = "viewing_sessions"
    key_columns = 1

    def __init__(
        self,
        seed: int,
        world_start: int,
        *,
        viewing: Viewing,
        users: UserTable,
        profiles: ProfileTable,
        titles: TitleTable,
    ) -> None:
        """Remember where sessions come from.

        Args:
            seed: The world's seed.
            world_start: Start of the world in microseconds.
            viewing: Generates what is watched.
            users: The users.
            profiles: The profiles.
            titles: What the service carries.
        """
        self._seed = seed
        self._start = world_start
        self._viewing = viewing
        self._users = users
        self._profiles = profiles
        self._titles = titles
        self.day = lru_cache(maxsize=LATEST_CHANGE_DAYS + 4)(self._day)

    def days(self, after: int, until: int) -> Iterator[SessionDay]:
        """Yield all days that have an event in ``(after, until]`` (microseconds)."""
        first = max(-HISTORY_DAYS, (after - self._start) // DAY - LATEST_CHANGE_DAYS)
        last = (until - self._start) // DAY + 1
        for number in range(first, last + 1):
            yield self.day(number)

    def rows(
        self, day: SessionDay, indices: NDArray[np.int64], clock: int
    ) -> list[tuple[Any, ...]]:
        """Build rows of one day as they are at ``clock``."""
        sittings, draws = day.sittings, day.draws[indices]
        events = day.timeline.events[indices]
        open_still = day.announced[indices] & (clock < events[:, 1])
        corrected = events[:, 2] <= clock
        watched = np.where(corrected, sittings.watched[indices], day.first_watched[indices])
        watched = np.where(open_still, 0, watched).tolist()
        ended = to_datetimes(np.where(open_still, NEVER, day.ended[indices]))
        started = to_datetimes(sittings.started[indices])
        created = to_datetimes(events[:, 0])
        updated = to_datetimes(day.timeline.changed_at(indices, clock))
        episode = sittings.episode[indices]
        season = self._viewing.episodes.season[np.maximum(episode, 0)].tolist()
        number = self._viewing.episodes.number[np.maximum(episode, 0)].tolist()
        episode_list = episode.tolist()
        devices = sittings.device[indices].tolist()
        qualities = self._qualities(sittings.device[indices], draws[:, 0])
        weeks = ((sittings.started[indices] - self._start) // (14 * DAY) + 40).tolist()
        profile = sittings.profile[indices].tolist()
        title = sittings.title[indices].tolist()
        rows = []
        for place, index in enumerate(indices.tolist()):
            row = draws[place].tolist()
            owner = int(self._profiles.user[profile[place]])
            is_film = episode_list[place] < 0
            quality = qualities[place]
            home = self._users.countries[owner]
            rows.append(
                (
                    day.ids[index],
                    self._profiles.ids[profile[place]],
                    self._titles.ids[title[place]],
                    None if is_film else season[place],
                    None if is_film else number[place],
                    DEVICES[devices[place]],
                    ""
                    if row[1] < dirt.SESSION_WITHOUT_VERSION
                    else f"7.{weeks[place]}.{int(row[1] * 3)}",
                    _TRAVEL[int(row[3] * len(_TRAVEL))] if row[2] < TRAVEL_SHARE else home,
                    started[place],
                    ended[place],
                    watched[place],
                    None if row[4] < dirt.SESSION_WITHOUT_POSITION else watched[place],
                    None
                    if row[5] < dirt.SESSION_WITHOUT_BITRATE
                    else round(_BITRATES[quality] * (0.7 + 0.6 * row[6]), 2),
                    _playback(quality, self._users.locale(owner), row),
                    None if row[7] < dirt.SESSION_WITHOUT_IP else _address(owner, row[8]),
                    created[place],
                    updated[place],
                )
            )
        return rows

    def _day(self, number: int) -> SessionDay:
        sittings = self._viewing.day(number)
        random = stream(self._seed, "sessions", number)
        once = len(sittings.started)
        twice = np.flatnonzero(random.random(once) < dirt.SESSION_DUPLICATE)
        order = np.concatenate([np.arange(once), twice])
        copies = np.arange(len(order)) >= once
        faults = random.random((10, once))[:, order]
        draws = random.random((once, 10))[order]
        delays = random.random((3, len(order)))
        ids = to_uuids(random.bytes(16 * len(order)))
        sittings = _reordered(sittings, order)
        overlong = faults[0] < dirt.SESSION_OVERLONG
        watched = np.where(
            overlong, (sittings.length * (1.05 + 2 * faults[1])).astype(np.int64), sittings.watched
        )
        sittings = _with_watched(sittings, watched)
        really_ended = sittings.started + sittings.elapsed
        crashed = faults[2] < dirt.SESSION_WITHOUT_END
        backwards = ~crashed & (faults[3] < dirt.SESSION_CLOCK_BACKWARDS)
        earlier = sittings.started - ((1 + 55 * faults[4]) * MINUTE).astype(np.int64)
        ended = np.where(crashed, NEVER, np.where(backwards, earlier, really_ended))
        late = ~crashed & (faults[5] < dirt.SESSION_LATE)
        announcing = np.isin(sittings.device, [DEVICES.index(d) for d in ANNOUNCING_DEVICES])
        announced = announcing & ~late & ~crashed & ~copies
        lag = ((0.2 + 15 * delays[0]) * SECOND).astype(np.int64)
        lag = np.where(late, ((1 + 5 * delays[0]) * DAY).astype(np.int64), lag)
        lag = np.where(copies, lag + ((1 + 100 * delays[1]) * MINUTE).astype(np.int64), lag)
        created = np.where(announced, sittings.started, really_ended) + lag
        finished = np.where(announced, really_ended + lag, NEVER)
        corrected = ~crashed & (faults[6] < dirt.SESSION_CORRECTED) & ~overlong & ~copies
        known = np.where(announced, finished, created)
        correction = known + ((1 + 2 * delays[2]) * DAY).astype(np.int64)
        events = np.stack([created, finished, np.where(corrected, correction, NEVER)], axis=1)
        before = np.where(corrected, (watched * 0.8).astype(np.int64), watched)
        erased = self._profiles.erased[sittings.profile]
        timeline = Timeline(events, erased)
        return SessionDay(sittings, ids, timeline, ended, announced, before, draws)

    @staticmethod
    def _qualities(device: NDArray[np.int64], draws: NDArray[np.float64]) -> list[int]:
        chosen = np.zeros(len(device), dtype=np.int64)
        for number, name in enumerate(DEVICES):
            who = device == number
            chosen[who] = weighted(_QUALITY_WEIGHTS[name], draws[who])
        found: list[int] = chosen.tolist()
        return found


def _reordered(sittings: Sittings, order: NDArray[np.int64]) -> Sittings:
    return type(sittings)(
        *(getattr(sittings, name)[order] for name in sittings.__dataclass_fields__)
    )


def _with_watched(sittings: Sittings, watched: NDArray[np.int64]) -> Sittings:
    return type(sittings)(
        sittings.profile,
        sittings.title,
        sittings.episode,
        sittings.device,
        sittings.started,
        sittings.elapsed,
        watched,
        sittings.length,
    )


def _playback(quality: int, locale: str, draws: list[float]) -> str:
    stalls = int(6 * draws[6] ** 4)
    return json.dumps(
        {
            "quality": _QUALITIES[quality],
            "audio": locale[:2] if draws[7] < 0.8 else "en",  # noqa: PLR2004
            "subtitles": locale[:2] if draws[8] < 0.3 else None,  # noqa: PLR2004
            "stalls": {"count": stalls, "seconds": round(stalls * 7.5 * draws[9], 1)},
            "errors": ["DRM_RETRY"] if draws[9] > 0.98 else [],  # noqa: PLR2004
        }
    )


def _address(owner: int, draw: float) -> str:
    """Return an address from the ranges kept for documentation (RFC 5737, RFC 3849)."""
    if draw < 0.15:  # noqa: PLR2004
        return f"2001:db8:{owner % 65536:x}::{int(draw * 60000):x}"
    block = ("192.0.2", "198.51.100", "203.0.113")[owner % 3]
    return f"{block}.{1 + (owner * 31 + int(draw * 3)) % 254}"
