"""What the demo reads from the warehouse for its summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.warehouse import client

if TYPE_CHECKING:
    from sandbox.settings import Settings

MOST_WATCHED = """
    select
        title_name,
        title_type,
        sum(watched_hours) as hours,
        sum(play_count) as plays,
        max(title_viewers.user_count) as viewers
    from analytics.streaming.daily_title_engagement
    inner join analytics.streaming.dim_titles using (title_key)
    inner join (
        select title_key, count(distinct user_id) as user_count
        from analytics.streaming.fct_viewing_sessions
        group by title_key
    ) as title_viewers using (title_key)
    group by title_name, title_type, title_key
    order by hours desc
    limit 10
"""


@dataclass(frozen=True)
class TableState:
    """A table's content, without the columns that the loader stamps.

    Attributes:
        rows: Number of rows.
        fingerprint: A hash of all rows that does not depend on their order.
    """

    rows: int
    fingerprint: int | None

    def difference(self, earlier: TableState | None) -> str:
        """Say in a word what became of the table since an earlier state."""
        if earlier == self:
            return "unchanged"
        new = self.rows - (earlier.rows if earlier else 0)
        return f"{new:+,}" if new else "updated"


@dataclass(frozen=True)
class WatchedTitle:
    """A title and its viewing over all days in the warehouse."""

    name: str
    kind: str
    hours: float
    plays: int
    viewers: int


def raw_tables(settings: Settings) -> dict[str, TableState]:
    """Read the state of every table that the loader wrote.

    Args:
        settings: Folder and ports of the sandbox.

    Returns:
        State by ``schema.table``, in order.
    """
    _, found = client.query(
        settings,
        """
        select table_schema || '.' || table_name, listagg('"' || column_name || '"', ', ')
        from raw.information_schema.columns
        where table_schema like 'STREAMING%' and column_name not like '^_SDC%' escape '^'
        group by 1
        order by 1
        """,
    )
    if not found:
        return {}
    states = " union all ".join(
        f"select '{table}', count(*), hash_agg({columns}) from raw.{table}"
        for table, columns in found
    )
    _, rows = client.query(settings, states)
    read = {table: TableState(count, fingerprint) for table, count, fingerprint in rows}
    return {table: read[table] for table in sorted(read)}


def most_watched(settings: Settings) -> list[WatchedTitle]:
    """Read the ten titles with the most hours watched.

    Args:
        settings: Folder and ports of the sandbox.
    """
    _, rows = client.query(settings, MOST_WATCHED)
    return [WatchedTitle(*row) for row in rows]
