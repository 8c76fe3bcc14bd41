"""Titles that are gone without a word in the change feed: those that vanish from the id exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_streaming.client import as_day
from tap_streaming.exports import MADE_AT, Exports
from tap_streaming.streams.tmdb_titles import CACHE_AGE, TitlesStream
from tap_streaming.windows import DAY, days

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_streaming.exports import Ids

EXPORTS_TRIED = 3
"""A day's export may be missing; then that of a day before serves."""
MANY = 1000
MOST_VANISHED = 0.1
"""If more than :data:`MANY` ids and this part of all have vanished, the export is not whole."""


class FollowedTitlesStream(TitlesStream):
    """Titles whose end is looked for in the daily id exports too, if their address is set.

    The newest export is compared with the one compared last; the bookmark holds its day. An id
    that is in the older one only is asked for, and gone if the API says so. An export counts once
    no cached answer can be older than it.
    """

    _compared: str | None = None

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of titles, then of those that vanished from the exports."""
        compared = self.stream_state.get("exports")
        self._compared = compared if as_day(compared) else None
        yield from super().rows()
        if (
            self.config.get("tmdb_exports_url")
            and self.replication_method != REPLICATION_FULL_TABLE
            and self.title_ids.of(self.media_type) != []
        ):
            yield from self._vanished()

    def checkpoint(self, value: str | int | None, **progress: Any) -> None:
        """Emit a state that covers everything yielded so far."""
        super().checkpoint(value, **{"exports": self._compared, **progress})

    def _vanished(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of titles that are gone since the export compared last."""
        target = (self.client.now() - CACHE_AGE - MADE_AT).date()
        last = as_day(self._compared)
        if last is not None and last > self.client.today():
            self.logger.warning("the export compared last, of %s, lies in the future", last)
            last = None
        if last is None:
            self.logger.info("later id exports are compared with that of %s", target)
            self._keep(target)
            return
        if last >= target:
            return
        exports = Exports(self.config, self.logger)
        wanted = list(days(max(last + DAY, target - (EXPORTS_TRIED - 1) * DAY), target))
        newer = exports.first_readable(self.media_type, wanted[::-1])
        if newer is None:
            self.logger.warning(
                "no id export of %s to %s can be read at tmdb_exports_url: the next run asks again",
                wanted[0], target,
            )  # fmt: skip
            return
        day, now = newer
        older = exports.first_readable(
            self.media_type, [last - n * DAY for n in range(EXPORTS_TRIED)]
        )
        if older is None:
            self.logger.warning(
                "the id export of %s is no longer there: which titles vanished until %s is not"
                " known; ask for a full refresh to be rid of them",
                last, day,
            )  # fmt: skip
        elif _is_whole(older[1], now):
            yield from self._gone_of(older[1], now, day)
        else:
            self.logger.warning(
                "the id export of %s has %d ids, that of %s had %d: it is not whole and left out",
                day, len(now), older[0], len(older[1]),
            )  # fmt: skip
            return
        self._keep(day)

    def _gone_of(self, older: Ids, newer: Ids, day: date) -> Iterator[Mapping[str, Any]]:
        """Ask for what vanished; a title may live on, as one for adults does in other files."""
        chosen = self.title_ids.of(self.media_type)
        ids = [one for one in older.without(newer) if chosen is None or one in chosen]
        self.logger.info("%d ids have vanished from the export of %s", len(ids), day)
        calls = (self.endpoints[0].call(id=one, day=day) for one in ids)
        for call, body in self.client.get_many(calls):
            if body is None:
                yield from self.gone(call)

    def _keep(self, day: date) -> None:
        """Checkpoint that an export has been compared; where else the stream stands remains."""
        self._compared = day.isoformat()
        state = self.stream_state
        self.checkpoint(
            state.get("replication_key_value"), sweep=state.get("sweep"), feed=state.get("feed")
        )


def _is_whole(older: Ids, newer: Ids) -> bool:
    """Tell whether so few ids have vanished that the newer export can be taken for whole."""
    vanished = sum(1 for _ in older.without(newer))
    return vanished <= max(MANY, MOST_VANISHED * len(older))
