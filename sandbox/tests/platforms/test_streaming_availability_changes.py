"""Streaming Availability: the feed of changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.world import World

    Later = Callable[[timedelta], None]
    Rows = list[dict[str, Any]]

CLOCK = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = int(CLOCK.timestamp())
DAY = 86400
TYPES = ("new", "removed", "updated", "expiring", "upcoming")
ASKED = {"country": "us", "change_type": "updated", "item_type": "show"}


@pytest.fixture
def feed(streaming_rows: Any) -> Callable[..., Rows]:
    def read(**query: Any) -> Rows:
        return streaming_rows("/changes", "changes", **ASKED | query)

    return read


@pytest.fixture
def reading(streaming_rows: Any) -> Callable[..., dict[str, Any]]:
    """Read everything that can be watched in a country: show id to options."""

    def read(country: str) -> dict[str, Any]:
        rows = streaming_rows("/shows/search/filters", "shows", country=country)
        return {row["id"]: row["streamingOptions"] for row in rows}

    return read


def ways(options: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Service, type and addon of the options of a reading, with show id."""
    return {
        (show, option["service"]["id"], option["type"], option.get("addon", {}).get("id", ""))
        for show, countries in options.items()
        for found in countries.values()
        for option in found
    }


def way(change: dict[str, Any]) -> tuple[str, str, str, str]:
    addon = change.get("addon", {}).get("id", "")
    return change["showId"], change["service"]["id"], change["streamingOptionType"], addon


class TestConsistency:
    def test_who_applies_the_changes_sees_what_a_new_reading_sees(
        self, streaming: Any, reading: Any, feed: Any, later: Later
    ) -> None:
        country = "de"
        known = reading(country)
        place = ways(known)
        since, moved = NOW, timedelta(0)
        for step in (timedelta(hours=5), timedelta(days=1), timedelta(days=9), timedelta(days=31)):
            moved += step
            later(moved)
            query = {"country": country, "from_": since}
            body: dict[str, Any] = {"hasMore": True}
            cursor: dict[str, str] = {}
            while body["hasMore"]:
                body = streaming("/changes", **ASKED | query | cursor)
                assert {change["showId"] for change in body["changes"]} == set(body["shows"])
                cursor = {"cursor": body.get("nextCursor", "")}
                known |= {key: show["streamingOptions"] for key, show in body["shows"].items()}
            known = {key: options for key, options in known.items() if options}
            assert known == reading(country)

            happened = feed(**query, change_type="new") + feed(**query, change_type="removed")
            happened.sort(key=lambda change: (change["timestamp"], change["changeType"]))
            for change in happened:
                if change["changeType"] == "new":
                    place.add(way(change))
                else:
                    place.discard(way(change))
            assert place == ways(known)
            since = NOW + int(moved.total_seconds())

    def test_new_is_since_when_it_is_available(self, streaming: Any, feed: Any) -> None:
        shows = streaming("/changes", **ASKED | {"change_type": "new"})["shows"]
        for change in feed(change_type="new")[:25]:
            options = shows[change["showId"]]["streamingOptions"].get("us", [])
            for option in options:
                if (
                    option["link"] == change["link"]
                    and option["type"] == change["streamingOptionType"]
                ):
                    assert option["availableSince"] == change["timestamp"]

    def test_what_expires_is_removed_and_what_comes_is_new(self, feed: Any, later: Later) -> None:
        expiring, upcoming = feed(change_type="expiring"), feed(change_type="upcoming")
        assert expiring
        assert upcoming
        later(timedelta(days=31))
        removed = {(*way(c), c["timestamp"]) for c in feed(change_type="removed")}
        new = {(*way(c), c["timestamp"]) for c in feed(change_type="new")}
        deleted = 0
        for change in expiring:  # the last second of one day, then the first of the next
            deleted += (*way(change), change["timestamp"] + 1) not in removed
        for change in upcoming:
            deleted += (*way(change), change["timestamp"]) not in new
        assert deleted < 0.05 * len(expiring + upcoming)

    def test_updated_holds_the_new_and_the_removed(self, feed: Any) -> None:
        for item_type in ("show", "season"):
            rows = {
                kind: {
                    (*way(c), c.get("season"), c["link"], c["timestamp"])
                    for c in feed(change_type=kind, item_type=item_type)
                }
                for kind in ("new", "removed", "updated")
            }
            assert rows["new"]
            assert rows["removed"]
            assert rows["new"] | rows["removed"] < rows["updated"]

    def test_a_deleted_show_is_removed_and_still_described(
        self, streaming: Any, world: World, later: Later
    ) -> None:
        title = next(
            title
            for title in world.catalogue.titles
            if title.complete.imdb_id
            and title.deleted_at
            and title.deleted_at > CLOCK
            and "flatrate" in title.at(CLOCK).offers.get("US", {})
            and "flatrate" in title.at(title.deleted_at - timedelta(days=1)).offers.get("US", {})
        )
        at = int(title.deleted_at.timestamp())
        later(title.deleted_at - CLOCK)
        body = streaming("/changes", **ASKED | {"change_type": "removed", "from_": at, "to": at})
        show = next(
            show
            for show in body["shows"].values()
            if show["tmdbId"] == f"{title.media_type}/{title.tmdb_id}"
        )
        assert show["streamingOptions"] == {}
        streaming(f"/shows/{show['id']}", 404)


class TestRows:
    def test_all_pages_hold_every_change_once(self, streaming: Any, feed: Any) -> None:
        assert len(streaming("/changes", **ASKED)["changes"]) == 25
        for change_type in TYPES:
            rows = feed(change_type=change_type, include_unknown_dates="true")
            assert rows
            assert len({repr(row) for row in rows}) == len(rows)
            backwards = feed(
                change_type=change_type, include_unknown_dates="true", order_direction="desc"
            )
            assert backwards == rows[::-1]

    def test_order_and_times(self, feed: Any) -> None:
        for change_type in TYPES:
            rows = feed(change_type=change_type, include_unknown_dates="true")
            times = [row.get("timestamp", 0) for row in rows]
            assert times == sorted(times)
            past = change_type in ("new", "removed", "updated")
            known = [at for at in times if at]
            assert (known == times) == past
            assert all(NOW - 31 * DAY <= at <= NOW if past else at >= NOW for at in known)
            assert feed(change_type=change_type) == [row for row in rows if "timestamp" in row]
            if change_type == "upcoming":
                assert all(("link" in row) == ("timestamp" in row) for row in rows)
            else:
                assert all(row["link"] for row in rows)

    def test_a_window_has_both_its_ends(self, feed: Any) -> None:
        everything = feed()
        times = [row["timestamp"] for row in everything]
        low, high = times[len(times) // 3], times[len(times) // 2]
        assert feed(from_=low, to=high) == [r for r in everything if low <= r["timestamp"] <= high]

    def test_items(self, feed: Any) -> None:
        for item_type, keys in (("season", {"season"}), ("episode", {"season", "episode"})):
            for row in feed(item_type=item_type, change_type="new", catalogs="prime"):
                assert row["showType"] == "series"
                assert {"season", "episode"} & set(row) == keys
        assert {"season", "episode"} & set(feed()[0]) == set()
        assert {row["showType"] for row in feed(show_type="movie")} == {"movie"}

    def test_catalogs(self, feed: Any) -> None:
        everything = feed()
        for catalog in ("netflix", "prime.rent", "hulu.addon.hbo"):
            service, _, kind = catalog.partition(".")
            found = feed(catalogs=catalog)
            assert found
            assert found == [
                row
                for row in everything
                if row["service"]["id"] == service
                and kind in ("", row["streamingOptionType"], "addon.hbo")
                and (kind != "addon.hbo" or row.get("addon", {}).get("id") == "hbo")
            ]

    def test_upcoming_of_some_services_only(self, feed: Any) -> None:
        found = feed(change_type="upcoming", include_unknown_dates="true")
        services = {row["service"]["id"] for row in found}
        assert services == {"apple", "disney", "hbo", "netflix", "prime"}


class TestErrors:
    @pytest.mark.parametrize(
        "query",
        [
            {"country": ""},
            {"country": "xx"},
            {"change_type": ""},
            {"change_type": "gone"},
            {"item_type": ""},
            {"item_type": "film"},
            {"from_": NOW - 31 * DAY - 1},
            {"to": NOW - 31 * DAY - 1},
            {"from_": NOW + DAY},
            {"change_type": "expiring", "from_": NOW - DAY},
            {"change_type": "upcoming", "to": NOW + 31 * DAY + 1},
            {"from_": "yesterday"},
            {"from_": "-1"},
            {"catalogs": "nobody"},
            {"order_direction": "up"},
            {"include_unknown_dates": "perhaps"},
            {"cursor": "nonsense"},
        ],
    )
    def test_what_makes_no_sense(self, streaming: Any, query: dict[str, Any]) -> None:
        body = streaming("/changes", 400, **ASKED | query)
        assert list(body) == ["message"]
        assert body["message"]

    def test_the_longest_window(self, feed: Any) -> None:
        assert feed(from_=NOW - 31 * DAY, to=NOW) == feed()
        query = {"change_type": "expiring"}
        assert feed(from_=NOW, to=NOW + 31 * DAY, **query) == feed(**query)
