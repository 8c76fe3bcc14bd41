"""Who made a title: cast and crew, cut down to the people a title is known for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_streaming.client import as_count, as_object, objects

if TYPE_CHECKING:
    from collections.abc import Mapping

CAST_KEPT = 10
CREW_KEPT = 20
JOBS = (
    "Director", "Series Director", "Co-Director", "Writer", "Screenplay", "Co-Writer", "Teleplay",
    "Story", "Novel", "Creator", "Producer", "Executive Producer", "Director of Photography",
    "Editor", "Original Music Composer",
)  # fmt: skip
"""Jobs that are kept, the weightier first; the names are those of ``/configuration/jobs``."""


def people(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a title's cast and crew; nothing if its details came without credits.

    Args:
        body: Details of a film with ``credits``, or of a series with ``aggregate_credits``: those
            of all seasons. A series' ``credits`` are those of its latest season.
    """
    for name in ("aggregate_credits", "credits"):
        if isinstance(body.get(name), dict):
            credits_ = as_object(body[name])
            return {
                "cast_members": _cast(credits_.get("cast")),
                "crew_members": _crew(credits_.get("crew")),
            }
    return {}


def _cast(rows: Any) -> list[dict[str, Any]]:
    found = []
    for row in objects(rows):
        one = {"person_id": row.get("id"), "name": row.get("name"), "order": row.get("order")}
        if "roles" in row:
            roles = [role.get("character") for role in objects(row["roles"])]
            names = [role for role in roles if isinstance(role, str) and role]
            one["character"] = " / ".join(names)
            one["episode_count"] = row.get("total_episode_count")
        else:
            one["character"] = row.get("character")
        found.append(one)
    found.sort(key=lambda one: (as_count(one["order"]) is None, as_count(one["order"]) or 0))
    return found[:CAST_KEPT]


def _crew(rows: Any) -> list[dict[str, Any]]:
    found = []
    for row in objects(rows):
        post = {"person_id": row.get("id"), "name": row.get("name")}
        post["department"] = row.get("department")
        if "jobs" in row:
            found += [
                {**post, "job": job.get("job"), "episode_count": job.get("episode_count")}
                for job in objects(row["jobs"])
            ]
        else:
            found.append({**post, "job": row.get("job")})
    found = [one for one in found if one["job"] in JOBS]
    found.sort(key=lambda one: (-(as_count(one.get("episode_count")) or 0), JOBS.index(one["job"])))
    return found[:CREW_KEPT]
