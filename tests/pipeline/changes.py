"""Six loads of a small world: its own last days, and on top what a source may do to a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from laboratory import Laboratory

APP = "streaming_app"
SESSIONS = "streaming_app.viewing_sessions"
DAILY = (SESSIONS, f"{APP}.ratings", f"{APP}.watchlist_items", f"{APP}.subscriptions")
PEOPLE = (f"{APP}.users", f"{APP}.profiles")
OF_PROFILES = (SESSIONS, f"{APP}.ratings", f"{APP}.watchlist_items")


@dataclass
class People:
    """Whom something happens to, and what there is to know of them before.

    Attributes:
        erased: Users that are deleted, the first with all rows, the second without the sessions'.
        unknown: User who comes after the first sessions.
        profiles: Profiles of the erased users, and one of a user who stays.
    """

    erased: list[str]
    unknown: str
    profiles: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """What must be in no mart once they are gone."""
        return [*self.erased, *self.profiles]


def choose(lab: Laboratory) -> People:
    """Pick users with several profiles, sessions and ratings before the last five days."""
    rows = lab.sql(
        f"""
        select profiles.user_id
        from raw.{APP}.profiles as profiles
        inner join raw.{SESSIONS} as sessions on profiles.profile_id = sessions.profile_id
        inner join raw.{APP}.ratings as ratings on profiles.profile_id = ratings.profile_id
        where sessions.updated_at < dateadd('day', -6, (select max(updated_at) from raw.{SESSIONS}))
        group by profiles.user_id
        having count(distinct profiles.profile_id) > 1 and count(distinct session_id) > 5
        order by count(distinct session_id) desc, profiles.user_id
        limit 4
        """
    )
    assert len(rows) == 4, "the world is too small"
    first, second, third, unknown = (user for (user,) in rows)
    people = People([first, second], unknown)
    people.profiles = _ids(
        lab,
        f"select profile_id from raw.{APP}.profiles where user_id in {listed(people.erased)} "
        f"union all select min(profile_id) from raw.{APP}.profiles where user_id = '{third}'",
    )
    return people


def load(lab: Laboratory, step: int, people: People) -> None:
    """Load what the app wrote until some days before its newest session.

    Args:
        lab: Where to.
        step: 1 for all but the last five days, then a day each, 6 for the last one.
        people: Of whom one is held back until the fifth load.
    """
    first, last = (
        f"dateadd('day', {step - 7}, {_newest()})",
        f"dateadd('day', {step - 6}, {_newest()})",
    )
    for table in (*DAILY, *PEOPLE):
        at = "created_at" if table in PEOPLE else "updated_at"
        known = f"user_id != '{people.unknown}'" if table in PEOPLE else "true"
        since = "true" if step == 1 else f"{at} > {first}"
        if step == 1:
            lab.copy(table, "false")
        lab.sql(
            f"insert into {{raw}}.{table} select * from raw.{table} "
            f"where {since} and {at} <= {last} and {known}"
        )
        _stamp(lab, table, f"{since} and {at} <= {last} and {known}")
    if step == 1:
        for table in lab.raw_tables():
            if table.lower() not in (*DAILY, *PEOPLE):
                lab.copy(table)
                _stamp(lab, table, "true")


def _second(lab: Laboratory, people: People) -> None:
    """A session of weeks ago arrives late, and sessions go on after they were loaded."""
    _change(lab, people, 0, "started_at = dateadd('day', -20, started_at), "
            "ended_at = dateadd('day', -20, ended_at)", limit=3)  # fmt: skip
    _change(lab, people, 3, "watched_seconds = greatest(watched_seconds - 25, 0)", limit=5)


def _third(lab: Laboratory, people: People) -> None:
    """Starts and titles are corrected, and a key comparison finds that people have gone."""
    _change(lab, people, 10, "started_at = dateadd('day', -1, started_at), "
            "ended_at = dateadd('day', -1, ended_at)", limit=5)  # fmt: skip
    film = f"select min(title_id) from {{raw}}.{APP}.titles where kind = 'film'"
    _change(lab, people, 15, f"title_id = ({film}), season_number = null, episode_number = null",
            limit=5)  # fmt: skip
    profile = f"select min(profile_id) from {{raw}}.{APP}.profiles where _sdc_deleted_at is null"
    _change(lab, people, 20, f"profile_id = ({profile})", limit=2)
    _delete(lab, f"{APP}.users", f"user_id in {listed(people.erased)}")
    _delete(lab, f"{APP}.profiles", f"profile_id in {listed(people.profiles)}")
    gone = f"select profile_id from {{raw}}.{APP}.profiles where user_id = '{people.erased[0]}'"
    for table in OF_PROFILES:
        _delete(lab, table, f"profile_id in ({gone})")
    _delete(lab, f"{APP}.subscriptions", f"user_id in {listed(people.erased)}")
    _delete(lab, SESSIONS, f"session_id in ({_some(people, 25, 3)})")
    _delete(
        lab,
        f"{APP}.ratings",
        f"profile_id in (select min(profile_id) from {{raw}}.{APP}.ratings "
        "where _sdc_deleted_at is null)",
    )


def _fourth(lab: Laboratory, people: People) -> None:
    """Rows are delivered twice, with an older version last in the file; running times change."""
    lab.sql(
        f"insert into {{raw}}.{SESSIONS} select * from {{raw}}.{SESSIONS} "
        f"where session_id in ({_some(people, 30, 10)})"
    )
    lab.sql(
        f"update {{raw}}.{SESSIONS} set _sdc_batched_at = sysdate(), "
        "_sdc_sequence = _sdc_sequence + 1, watched_seconds = watched_seconds + 1 "
        f"where session_id in ({_some(people, 30, 5)})"
    )
    lab.sql(
        f"update {{raw}}.{APP}.titles set runtime_minutes = runtime_minutes + 7, "
        "updated_at = dateadd('hour', 1, updated_at), _sdc_batched_at = sysdate() "
        "where mod(title_id, 3) = 0"
    )
    lab.sql(
        "update {raw}.streaming_platforms.tmdb_movies set runtime = runtime + 7, "
        "_sdc_batched_at = sysdate() where mod(id, 3) = 0"
    )


def _fifth(lab: Laboratory, people: People) -> None:
    """Who was unknown arrives; what was rejected is corrected; a deleted session is back."""
    known = f"user_id = '{people.unknown}'"
    for table in PEOPLE:
        lab.sql(f"insert into {{raw}}.{table} select * from raw.{table} where {known}")
        _stamp(lab, table, known)
    lab.sql(
        f"update {{raw}}.{SESSIONS} set ended_at = dateadd('second', watched_seconds, started_at), "
        "_sdc_batched_at = sysdate() where ended_at < started_at"
    )
    lab.sql(
        f"update {{raw}}.{SESSIONS} set _sdc_deleted_at = null, _sdc_batched_at = sysdate() "
        f"where session_id = (select min(session_id) from {{raw}}.{SESSIONS} "
        f"where _sdc_deleted_at is not null and profile_id not in {listed(people.profiles)})"
    )
    lab.sql(f"update {{raw}}.{APP}.titles set kind = 'film', _sdc_batched_at = sysdate() "
            f"where title_id = (select max(title_id) from {{raw}}.{APP}.titles)")  # fmt: skip


def _sixth(lab: Laboratory, _: People) -> None:
    """The app forgets a title, a plan costs more, and a quiet day ends."""
    _delete(lab, f"{APP}.titles", f"title_id = (select min(title_id) from {{raw}}.{APP}.titles)")
    lab.sql(
        f"update {{raw}}.{APP}.subscriptions set price = price + 1, "
        "updated_at = dateadd('minute', 1, updated_at), _sdc_batched_at = sysdate() "
        "where status = 'active' and subscription_id like '%0'"
    )


CHANGES: dict[int, Callable[[Laboratory, People], None]] = {
    2: _second, 3: _third, 4: _fourth, 5: _fifth, 6: _sixth,
}  # fmt: skip


def _newest() -> str:
    return f"(select max(updated_at) from raw.{SESSIONS})"


def _some(people: People, skip: int, limit: int) -> str:
    """Select ids of sessions of others, in a fixed order that has nothing to do with time."""
    return (
        f"select session_id from raw.{SESSIONS} where profile_id not in {listed(people.profiles)} "
        f"order by session_id limit {limit} offset {skip}"
    )


def _change(lab: Laboratory, people: People, skip: int, assignments: str, *, limit: int) -> None:
    """Load another version of sessions, as the app would write it."""
    lab.sql(
        f"update {{raw}}.{SESSIONS} set {assignments}, _sdc_batched_at = sysdate() "
        f"where session_id in ({_some(people, skip, limit)})"
    )


def _delete(lab: Laboratory, table: str, where: str) -> None:
    """Mark rows as a comparison of keys would: no batch has brought them."""
    lab.sql(f"update {{raw}}.{table} set _sdc_deleted_at = sysdate() where {where}")


def _stamp(lab: Laboratory, table: str, where: str) -> None:
    lab.sql(f"update {{raw}}.{table} set _sdc_batched_at = sysdate() where {where}")


def _ids(lab: Laboratory, statement: str) -> list[str]:
    return [identity for (identity,) in lab.sql(statement)]


def listed(ids: list[str]) -> str:
    return f"({', '.join(repr(identity) for identity in ids)})"
