"""The feed of changes in a country's catalogs.

``updated`` holds everything that changed an option: that it came, went, is about to expire, or
has another link, other languages, quality or price. Who has read everything at one time and
applies the shows of all ``updated`` changes since has what a new reading would find. Past changes
have a time; of coming ones some have none, and those are left out unless asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.platforms.streaming_availability import parameters
from sandbox.platforms.streaming_availability.bodies import Writer, show_type
from sandbox.platforms.streaming_availability.dictionaries import ADDONS, BRANDS, WITH_UPCOMING
from sandbox.platforms.streaming_availability.errors import refuse
from sandbox.platforms.streaming_availability.options import (
    SOON,
    active,
    brand,
    date_known,
    expires_on,
    expires_soon,
    link,
    seconds,
)
from sandbox.platforms.streaming_availability.shelf import (
    SHOW,
    episodes_of,
    seasons_of,
    shelf_of,
    show_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.platforms.core import Call, Query
    from sandbox.platforms.live import Snapshot
    from sandbox.platforms.streaming_availability.options import Body
    from sandbox.platforms.streaming_availability.parameters import Catalog
    from sandbox.platforms.streaming_availability.shelf import Item, Offer
    from sandbox.world import Title, TitleView

ROWS = 25
LONGEST = 31 * 86400
"""Seconds from now within which changes can be asked for."""
_PAST, _COMING = ("new", "removed", "updated"), ("expiring", "upcoming")
_DAY = 86400


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for; ``since`` and ``until`` are epoch seconds, both included."""

    country: str
    catalogs: tuple[Catalog, ...]
    change_type: str
    item_type: str
    show_type: str | None
    since: int
    until: int
    unknown_dates: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """One change; ``at`` is in epoch seconds, 0 where it is not known."""

    at: int
    offer: Offer
    item: Item

    @property
    def key(self) -> tuple[int, str]:
        offer, item = self.offer, self.item
        return self.at, f"{offer.key}/{offer.copy}/{item.season or 0}/{item.episode or 0}"


def changes(call: Call) -> Body:
    """Return one page of changes, and the shows they are about as they are now.

    The order is ascending unless asked otherwise. A cursor is the time of the last change and
    which it was.
    """
    query, snapshot = call.query, call.snapshot
    wish = _wish(query, seconds(snapshot.clock))
    parameters.check_language(query)
    descending = parameters.choice(query, "order_direction", ("asc", "desc")) == "desc"
    found: Sequence[_Row] = _found(snapshot, wish)
    after = _cursor(query.get("cursor"))
    if descending:
        found = found[::-1]
    if after is not None:
        found = [row for row in found if (row.key < after if descending else row.key > after)]
    page = found[:ROWS]
    writer = Writer(snapshot.world, snapshot.clock, wish.country)
    body: Body = {
        "changes": [_change(row, wish, snapshot.clock) for row in page],
        "shows": {
            show_id(title): writer.show(title, _last_view(snapshot, title))
            for title in {row.offer.title.key: row.offer.title for row in page}.values()
        },
        "hasMore": len(found) > ROWS,
    }
    if body["hasMore"]:
        body["nextCursor"] = ":".join(map(str, page[-1].key))
    return body


def _wish(query: Query, now: int) -> _Wish:
    country = parameters.country(query)
    change_type = parameters.required(query, "change_type", (*_PAST, *_COMING))
    first, last = (now - LONGEST, now) if change_type in _PAST else (now, now + LONGEST)
    # The near end of the time is "today" and not this second.
    least, most = min(first, now // _DAY * _DAY), max(last, (now // _DAY + 1) * _DAY)
    times = {"from": first, "to": last}
    for name in times:
        given = parameters.number(query, name)
        if given is None:
            continue
        if not least <= given <= most:
            message = f"{name} must be between {least} and {most} for {change_type} changes"
            raise refuse(400, message)
        times[name] = given
    return _Wish(
        country=country,
        catalogs=parameters.catalogs(query),
        change_type=change_type,
        item_type=parameters.required(query, "item_type", ("show", "season", "episode")),
        show_type=parameters.show_type(query),
        since=times["from"],
        until=times["to"] if change_type in _COMING else min(times["to"], now),
        unknown_dates=parameters.choice(query, "include_unknown_dates", ("true", "false"))
        == "true",
    )


def _cursor(text: str | None) -> tuple[int, str] | None:
    if not text:
        return None
    at, separator, key = text.partition(":")
    if not separator or not at.isdecimal():
        raise refuse(400, "cursor is not valid")
    return int(at), key


@lru_cache(maxsize=4)
def _found(snapshot: Snapshot, wish: _Wish) -> Sequence[_Row]:
    """Find all changes, oldest first; kept, since each page of a feed needs it."""
    shelf = shelf_of(snapshot.world)
    rows = [
        row
        for title in shelf.titles
        if wish.show_type in (None, show_type(title))
        for offer in shelf.offers(title).get(wish.country, ())
        if parameters.in_any(wish.catalogs, offer)
        for row in _rows(snapshot, wish, offer)
    ]
    return sorted(rows, key=lambda row: row.key)


def _rows(snapshot: Snapshot, wish: _Wish, offer: Offer) -> Iterator[_Row]:
    past = wish.change_type in _PAST
    if past and seconds(offer.begins) > wish.until:
        return
    for item in _items(wish.item_type, offer.title):
        if past:
            times = _past_times(wish, offer, item)
        else:
            times = _coming_times(snapshot, wish, offer, item)
        yield from (_Row(at, offer, item) for at in times)


def _items(item_type: str, title: Title) -> Sequence[Item]:
    if item_type == "show":
        return (SHOW,)
    return seasons_of(title) if item_type == "season" else episodes_of(title)


def _past_times(wish: _Wish, offer: Offer, item: Item) -> list[int]:
    """Return when an item came (``new``), went (``removed``) or either or changed."""
    begin = seconds(item.begins(offer))
    end = seconds(offer.gone_at) if offer.gone_at else None
    if end is not None and end <= begin:
        return []
    times: set[int | None] = set()
    if wish.change_type != "removed":
        times.add(begin)
    if wish.change_type != "new":
        times.add(end)
    if wish.change_type == "updated":
        details = set(offer.revised(wish.since, wish.until))
        if offer.ends:
            details.add(seconds(offer.ends - SOON))
        times |= {at for at in details if begin < at and (end is None or at < end)}
    return [at for at in times if at is not None and wish.since <= at <= wish.until]


def _coming_times(snapshot: Snapshot, wish: _Wish, offer: Offer, item: Item) -> list[int]:
    """Return when an item will go (``expiring``) or come (``upcoming``), 0 if nobody says."""
    clock = snapshot.clock
    if snapshot.of(offer.title) is None:
        return []
    if wish.change_type == "expiring":
        if not (active(offer, item, clock) and expires_soon(offer, clock)):
            return []
        at = expires_on(offer)
    else:
        begins = item.begins(offer)
        if offer.service not in WITH_UPCOMING or not clock < begins <= clock + SOON:
            return []
        if offer.ends is not None and offer.ends <= begins:
            return []
        at = seconds(begins)
    if not date_known(offer):
        return [0] if wish.unknown_dates else []
    return [at] if wish.since <= at <= wish.until else []


def _last_view(snapshot: Snapshot, title: Title) -> TitleView:
    """Return a title as it is now, or as it was before it was deleted."""
    view = snapshot.of(title)
    if view is None:
        assert title.deleted_at is not None
        view = title.at(title.deleted_at - timedelta(microseconds=1))
    assert view is not None
    return view


def _change(row: _Row, wish: _Wish, clock: datetime) -> Body:
    offer, item = row.offer, row.item
    body: Body = {
        "changeType": wish.change_type,
        "itemType": wish.item_type,
        "showId": show_id(offer.title),
        "showType": show_type(offer.title),
    }
    if item.season is not None:
        body["season"] = item.season
    if item.episode is not None:
        body["episode"] = item.episode
    body["service"] = brand(BRANDS[offer.service], "services")
    body["streamingOptionType"] = offer.type
    if offer.addon:
        body["addon"] = brand(ADDONS[offer.service, offer.addon], "addons")
    if row.at:
        body["timestamp"] = row.at
    if wish.change_type != "upcoming" or row.at:
        body["link"] = link(offer, item, _link_time(row, clock))
    return body


def _link_time(row: _Row, clock: datetime) -> datetime:
    """Return when a change's link is looked up: then or now, but while there was one."""
    instant = min(datetime.fromtimestamp(row.at, UTC), clock) if row.at else clock
    gone_at = row.offer.gone_at
    return gone_at - timedelta(seconds=1) if gone_at and gone_at <= instant else instant
