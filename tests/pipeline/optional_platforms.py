"""What the raw tables of Streaming Availability and Watchmode must hold, by what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from comparison import latest, loaded, or_null, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comparison import Platforms, Row, Rows
    from workspace import Workspace

COUNTRY = "us"
SA = "/streaming-availability"
WATCHMODE = "/watchmode/v1"
TOP_SERVICES = ("netflix", "prime", "disney", "apple", "hbo", "crunchyroll")


def assert_streaming_availability(workspace: Workspace, platforms: Platforms) -> None:
    """Compare all services, lists and changes, and the offers of every seventh title."""
    assert_sa_services(workspace, platforms)
    assert_sa_top(workspace, platforms)
    assert_sa_changes(workspace, platforms)
    assert_sa_offers(workspace, platforms)


def assert_sa_services(workspace: Workspace, platforms: Platforms) -> None:
    rows = loaded(workspace, "streaming_platforms.sa_services", ("country_code", "service_id"))
    expected = {
        (code, service["id"]): service["name"]
        for code, country in platforms.get(f"{SA}/countries").items()
        for service in country["services"]
    }
    assert {key: row["service_name"] for key, row in rows.items()} == expected


def assert_sa_top(workspace: Workspace, platforms: Platforms) -> None:
    key = ("country", "service_id", "show_type", "rank", "snapshot_date")
    today = platforms.clock.date().isoformat()
    rows = loaded(workspace, "streaming_platforms.sa_top", key)
    found = {identity[1:4]: row["show_id"] for identity, row in rows.items() if today in identity}
    expected = {
        (service, show_type, float(rank)): show["id"]
        for service in TOP_SERVICES
        for show_type in ("movie", "series")
        for rank, show in enumerate(
            platforms.get(f"{SA}/shows/top", country=COUNTRY, service=service, show_type=show_type),
            1,
        )
    }
    assert found == expected
    assert len(found) > 50


def assert_sa_changes(workspace: Workspace, platforms: Platforms) -> None:
    rows = loaded(workspace, "streaming_platforms.sa_changes", ("change_id",))
    now = platforms.clock
    for kind in ("new", "removed", "expiring", "upcoming"):
        query: dict[str, str | int] = {"include_unknown_dates": "true"}
        if kind in ("new", "removed"):
            since = now - timedelta(days=31) + timedelta(hours=1)
            query = {"from": int(since.timestamp()), "to": int(now.timestamp())}
        expected = {
            (
                change["showId"], change["service"]["id"], change["streamingOptionType"],
                change.get("addon", {}).get("id"), moment(change.get("timestamp")),
            )
            for change in sa_changes(platforms, kind, query)
        }  # fmt: skip
        of_kind = {key: row for key, row in rows.items() if row["change_type"] == kind}
        held = latest(rows, "read_at") if kind in ("expiring", "upcoming") else of_kind
        found = {
            (
                row["show_id"], row["service_id"], row["option_type"],
                row["addon_id"], row["changed_at"],
            )
            for key, row in held.items() if key in of_kind
        }  # fmt: skip
        assert expected, kind
        assert not expected - found, f"{kind}: changes are missing"
        if held is not of_kind:
            assert found == expected, f"{kind}: an announcement does not hold any more"


def assert_sa_offers(workspace: Workspace, platforms: Platforms) -> None:
    rows = loaded(workspace, "streaming_platforms.sa_offers", ("offer_id",))
    read_whole = max(row["read_at"] for row in rows.values() if row["show_id"] is None)
    current: dict[tuple[str, int], set[tuple[Any, ...]]] = {}
    for row in latest(rows, "read_at", "show_id", "country").values():
        if row["type"] is not None and row["read_at"] >= read_whole and row["tmdb_id"]:
            current.setdefault((row["media_type"], row["tmdb_id"]), set()).add(
                tuple(row[name] for name in ("service_id", "type", "addon_id", "quality", "link"))
            )
    assert len(current) > 100
    titles = [(view.media_type, view.tmdb_id) for view in platforms.views if view.tmdb_id]
    for media_type, title_id in titles[::7]:
        body = platforms.get(f"{SA}/shows/{media_type}/{title_id}", country=COUNTRY)
        expected = {
            (
                offer["service"]["id"], offer["type"], offer.get("addon", {}).get("id"),
                offer.get("quality"), offer["link"],
            )
            for offer in (body or {"streamingOptions": {}})["streamingOptions"].get(COUNTRY, ())
        }  # fmt: skip
        assert current.get((media_type, title_id), set()) == expected, f"{media_type} {title_id}"


def sa_changes(platforms: Platforms, kind: str, query: dict[str, str | int]) -> Iterator[Row]:
    query = {**query, "country": COUNTRY, "change_type": kind, "item_type": "show"}
    while True:
        body = platforms.get(f"{SA}/changes", **query)
        yield from body["changes"]
        if not body["hasMore"]:
            return
        query["cursor"] = body["nextCursor"]


def moment(seconds: int | None) -> Any:
    return None if seconds is None else plain(datetime.fromtimestamp(seconds, UTC))


def assert_watchmode(workspace: Workspace, platforms: Platforms) -> None:
    """Compare all services and releases, and every seventh title; each question costs a credit."""
    sources = loaded(workspace, "streaming_platforms.watchmode_sources", ("id",))
    expected = {(float(row["id"]),): row["name"] for row in platforms.get(f"{WATCHMODE}/sources")}
    assert {key: row["name"] for key, row in sources.items()} == expected

    titles = loaded(workspace, "streaming_platforms.watchmode_titles", ("id",))
    assert len(titles) == 30
    for (title,), row in [*titles.items()][::7]:
        body = platforms.get(f"{WATCHMODE}/title/{int(title)}/details")
        for name in ("title", "type", "imdb_id", "tmdb_id", "year", "genre_names"):
            assert row[name] == or_null(body[name]), f"title {title} {name}"
        assert all(offer["region"] == "US" for offer in row["sources"])
    assert any(row["sources"] for row in titles.values())

    releases = loaded(workspace, "streaming_platforms.watchmode_releases", ("release_id",))
    assert_watchmode_releases(releases, platforms)


def assert_watchmode_releases(rows: Rows, platforms: Platforms) -> None:
    today = platforms.clock.date()
    start, end = today - timedelta(days=30), today + timedelta(days=30)
    listed = platforms.get(
        f"{WATCHMODE}/releases", start_date=f"{start:%Y%m%d}", end_date=f"{end:%Y%m%d}", limit=500
    )["releases"]
    expected = {
        (row["id"], row["source_id"], row["source_release_date"], row["season_number"])
        for row in listed
    }
    found = {
        (row["id"], row["source_id"], row["source_release_date"], row["season_number"])
        for row in latest(rows, "snapshot_date").values()
        if str(start) <= row["source_release_date"] <= str(end)
    }
    assert expected
    assert found == expected
