"""Expected raw tables, computed from the sources themselves, and the raw tables as they are."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import requests

from sandbox.settings import HOST
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace import Workspace

KEYS = {
    "PLANS": ("plan_id",),
    "USERS": ("user_id",),
    "PROFILES": ("profile_id",),
    "SUBSCRIPTIONS": ("subscription_id",),
    "TITLES": ("title_id",),
    "VIEWING_SESSIONS": ("session_id",),
    "RATINGS": ("profile_id", "title_id"),
    "WATCHLIST_ITEMS": ("profile_id", "title_id"),
}
SALT = "sandbox"

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]


def plain(value: Any) -> Any:
    """Bring a value of either side to one form: numbers, text, naive UTC timestamps, JSON."""
    match value:
        case None | bool():
            form: Any = value
        case Decimal() | int() | float():
            form = float(value)
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            form = moment.replace(tzinfo=None).isoformat()
        case date():
            form = value.isoformat()
        case dict():
            form = {key: plain(item) for key, item in value.items()}
        case list():
            form = [plain(item) for item in value]
        case _:
            form = str(value)
    return form


def loaded(workspace: Workspace, table: str, key: tuple[str, ...], where: str = "true") -> Rows:
    """Read a raw table, or some of its rows, without the loader's own columns."""
    columns, rows = workspace.query(f"select * from raw.{table} where {where}")
    schema, _, name = table.partition(".")
    _, variants = workspace.query(
        "select column_name from raw.information_schema.columns "
        f"where table_schema = '{schema.upper()}' and table_name = '{name.upper()}' "
        "and data_type in ('VARIANT', 'OBJECT', 'ARRAY')"
    )
    nested = {column for (column,) in variants}

    def value_of(column: str, value: Any) -> Any:
        return plain(json.loads(value) if column in nested and value is not None else value)

    found: Rows = {}
    for row in rows:
        record = {
            column.lower(): value_of(column, value)
            for column, value in zip(columns, row, strict=True)
            if not column.startswith("_SDC")
        }
        identity = tuple(record[name] for name in key)
        assert identity not in found, f"{table} holds {identity} twice"
        found[identity] = record
    return found


def source_tables(workspace: Workspace) -> dict[str, Rows]:
    """Read every table of the database as the raw schema should hold it."""
    tables: dict[str, Rows] = {}
    with workspace.postgres() as connection:
        for table, key in KEYS.items():
            cursor = connection.execute(f"select * from app.{table}")  # type: ignore[arg-type]
            columns = [column.name for column in cursor.description or ()]
            rows: Rows = {}
            for values in cursor.fetchall():
                row = {name: plain(value) for name, value in zip(columns, values, strict=True)}
                if table == "USERS":
                    address = row.pop("email").strip().lower()
                    row["email_sha256"] = hashlib.sha256((SALT + address).encode()).hexdigest()
                    row.pop("password_hash")
                rows[tuple(row[name] for name in key)] = row
            tables[table] = rows
    return tables


class Platforms:
    """The platforms' own answers, asked for one title at a time and without the tap."""

    def __init__(self, workspace: Workspace) -> None:
        """Read which titles the world shows at its clock."""
        world, self.clock = World.load(workspace.settings.world_file)
        self.base = f"http://{HOST}:{workspace.settings.platforms_port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Authorization": "Bearer sandbox", "X-API-Key": "sandbox"})
        self.views = [
            view for title in world.catalogue.titles if (view := title.at(self.clock)) is not None
        ]

    def get(self, path: str, **query: str | int) -> Any:
        """Return the body of an answer, or None for a 404."""
        answer = self.session.get(f"{self.base}{path}", params=query, timeout=30)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()

    def tmdb_titles(self, media_type: str) -> Iterator[Row]:
        """Yield the details of every film or series that TMDB shows."""
        for view in self.views:
            if view.media_type == media_type and view.tmdb_id is not None:
                path = f"/tmdb/3/{media_type}/{view.tmdb_id}?append_to_response=external_ids"
                if body := self.get(path):
                    yield body

    def tmdb_offers(self, media_type: str, title_id: int) -> set[tuple[Any, ...]]:
        """Return (country, monetization, provider) of every offer of one title."""
        body = self.get(f"/tmdb/3/{media_type}/{title_id}/watch/providers")
        return {
            (country, kind, float(offer["provider_id"]))
            for country, block in (body or {"results": {}})["results"].items()
            for kind, offers in block.items()
            if isinstance(offers, list)
            for offer in offers
        }

    def tvmaze_shows(self) -> Iterator[Row]:
        """Yield every show with its episodes and seasons."""
        for show_id in self.get("/tvmaze/updates/shows"):
            if show := self.get(f"/tvmaze/shows/{show_id}"):
                show["episodes"] = self.get(f"/tvmaze/shows/{show_id}/episodes?specials=1")
                show["seasons"] = self.get(f"/tvmaze/shows/{show_id}/seasons")
                yield show


def latest(rows: Rows, stamp: str, *group: str) -> Rows:
    """Return the rows whose stamp is the latest of their group: the others are gone."""
    newest: dict[tuple[Any, ...], Any] = {}
    for row in rows.values():
        of = tuple(row[name] for name in group)
        newest[of] = max(newest.get(of, row[stamp]), row[stamp])
    return {
        key: row
        for key, row in rows.items()
        if row[stamp] == newest[tuple(row[name] for name in group)]
    }


def or_null(value: Any) -> Any:
    """Return a platform's value as the tap should deliver it: an empty text says nothing."""
    if isinstance(value, dict):
        return {key: or_null(item) for key, item in value.items()}
    if isinstance(value, list):
        return [or_null(item) for item in value]
    return None if value == "" else plain(value)


def differences(expected: Rows, found: Rows) -> list[str]:
    """List what differs, at most ten lines."""
    lines = [f"missing: {key}" for key in expected.keys() - found.keys()]
    lines += [f"unexpected: {key}" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        for name, value in expected[key].items():
            if found[key].get(name) != value:
                lines.append(f"{key}.{name}: expected {value!r}, found {found[key].get(name)!r}")
    return sorted(lines)[:10]
