"""Casts and crews in TMDB's shapes.

The people are made up: somebody's name, department and face depend on the id alone, so a person
met again in another title is the same one. An episode's people are known once it was shown.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.tmdb.seasons import seasons
from sandbox.platforms.tmdb.values import Body, hexadecimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.world.model import Episode, TitleView

_FIRST = ("Ada", "Ben", "Chloe", "Dan", "Ewa", "Femi", "Gus", "Hana", "Ivo", "June", "Kofi", "Lena")
_LAST = ("Abara", "Brandt", "Costa", "Dahl", "Endo", "Faro", "Grant", "Horvat", "Ito", "Jansen")
_ROLES = ("Alex", "The Stranger", "Robin", "Dr. Moss", "Captain Vale", "Kit", "Old Henrik")
_DEPARTMENTS = ("Acting", "Directing", "Writing", "Production")
_PEOPLE_PER_DEPARTMENT = 20_000
_FILM_CREW = (("Directing", "Director"), ("Writing", "Writer"), ("Production", "Producer"))
_EPISODE_CREW = _FILM_CREW[:2]
_PRODUCER_JOBS = ("Executive Producer", "Producer")
_CAST_SIZE = 4
_GUEST_POOL = 6
"""People who are guests of one series, some of them more than once."""
_CREW_POOL = 3
"""People of one department who take turns with a series' episodes."""
_GUEST_ORDERS = 500
_SECOND_ROLE_CHANCE = 0.2

Share = tuple[str, str, int]
"""A role or a job: its credit's id, its name, and in how many episodes."""


def credits_body(view: TitleView) -> Body:
    """Return the main cast, and a film's crew or a series' producers."""
    if view.media_type == "movie":
        cast = [
            {**_player(view, order), "cast_id": order + 1, **_part(view, order)}
            for order in range(_CAST_SIZE)
        ]
        crew = [_worker(view, *post) for post in _FILM_CREW]
        return {"cast": cast, "crew": crew}
    cast = [{**_player(view, order), **_part(view, order)} for order in range(_CAST_SIZE)]
    return {"cast": cast, "crew": [_worker(view, "Production", _PRODUCER_JOBS[0])]}


def aggregate_credits_body(view: TitleView) -> Body:
    """Return everybody who was in the episodes shown so far, with roles or jobs and how often."""
    shown = [item for season in seasons(view) for item in season.episodes if _was_shown(item)]
    if not shown:
        return {"cast": [], "crew": []}
    return {"cast": _aggregate_cast(view, shown), "crew": _aggregate_crew(view, shown)}


def episode_people(view: TitleView, episode: Episode) -> Body:
    """Return an episode's crew and guest stars; empty before it was shown."""
    if not _was_shown(episode):
        return {"crew": [], "guest_stars": []}
    crew = [
        {
            "department": department,
            "job": job,
            "credit_id": _credit(view, department, place, episode.tmdb_id),
            **_of(view, department, "episodes", place),
        }
        for department, job, place in _episode_crew(episode)
    ]
    guests = [
        {
            "character": _guest_role(place),
            "credit_id": _credit(view, "guest", place),
            "order": _GUEST_ORDERS + place,
            **_of(view, "Acting", "guest", place),
        }
        for place in _guests(episode)
    ]
    return {"crew": crew, "guest_stars": guests}


def _aggregate_cast(view: TitleView, shown: Sequence[Episode]) -> list[Body]:
    rows = []
    for order in range(_CAST_SIZE):
        count = len(shown) if order == 0 else 1 + int(_draw(view, "count", order) * len(shown))
        roles: list[Share] = [(_credit(view, "cast", order), _ROLES[order], count)]
        if count > 1 and _draw(view, "second role", order) < _SECOND_ROLE_CHANCE:
            roles = [
                (_credit(view, "cast", order), _ROLES[order], count - 1),
                (_credit(view, "cast", order, "again"), _ROLES[-1], 1),
            ]
        rows.append(_cast_row(_player(view, order), roles, order))
    visits: dict[int, int] = defaultdict(int)
    for episode in shown:
        for place in _guests(episode):
            visits[place] += 1
    for place, count in sorted(visits.items()):
        guest = _of(view, "Acting", "guest", place)
        roles = [(_credit(view, "guest", place), _guest_role(place), count)]
        rows.append(_cast_row(guest, roles, _GUEST_ORDERS + place))
    return rows


def _cast_row(person: Body, roles: Sequence[Share], order: int) -> Body:
    return {
        **person,
        "roles": [
            {"credit_id": credit, "character": name, "episode_count": count}
            for credit, name, count in roles
        ],
        "total_episode_count": sum(count for _, _, count in roles),
        "order": order,
    }


def _aggregate_crew(view: TitleView, shown: Sequence[Episode]) -> list[Body]:
    producer = _of(view, "Production", "crew")
    jobs: list[Share] = [
        (_credit(view, "crew", "Production"), _PRODUCER_JOBS[0], len(shown)),
        (_credit(view, "crew", "Production", "again"), _PRODUCER_JOBS[1], 1),
    ]
    rows = [_crew_row(producer, "Production", jobs)]
    work: dict[tuple[str, str, int], list[Episode]] = defaultdict(list)
    for episode in shown:
        for post in _episode_crew(episode):
            work[post].append(episode)
    for (department, job, place), episodes in sorted(work.items()):
        first = _credit(view, department, place, episodes[0].tmdb_id)
        person = _of(view, department, "episodes", place)
        rows.append(_crew_row(person, department, [(first, job, len(episodes))]))
    return rows


def _crew_row(person: Body, department: str, jobs: Sequence[Share]) -> Body:
    return {
        **person,
        "jobs": [
            {"credit_id": credit, "job": name, "episode_count": count}
            for credit, name, count in jobs
        ],
        "department": department,
        "total_episode_count": sum(count for _, _, count in jobs),
    }


def _was_shown(episode: Episode) -> bool:
    return episode.vote_count > 0


def _guests(episode: Episode) -> Iterable[int]:
    """Nobody, one or two of the series' guests."""
    first = int(draw("guest", episode.tmdb_id) * _GUEST_POOL)
    count = int(draw("guests", episode.tmdb_id) * 3)
    return sorted({(first + 2 * more) % _GUEST_POOL for more in range(count)})


def _guest_role(place: int) -> str:
    return _ROLES[place % len(_ROLES)]


def _episode_crew(episode: Episode) -> list[tuple[str, str, int]]:
    return [
        (department, job, int(draw(department, episode.tmdb_id) * _CREW_POOL))
        for department, job in _EPISODE_CREW
    ]


def _player(view: TitleView, order: int) -> Body:
    return _of(view, "Acting", "cast", order)


def _part(view: TitleView, order: int) -> Body:
    return {
        "character": _ROLES[order],
        "credit_id": _credit(view, "cast", order),
        "order": order,
    }


def _worker(view: TitleView, department: str, job: str) -> Body:
    return {
        **_of(view, department, "crew"),
        "credit_id": _credit(view, "crew", department),
        "department": department,
        "job": job,
    }


def _draw(view: TitleView, *key: object) -> float:
    return draw("credits", view.media_type, view.tmdb_id, *key)


def _credit(view: TitleView, *key: object) -> str:
    return hexadecimal("credit", view.media_type, view.tmdb_id, *key)


def _of(view: TitleView, department: str, *key: object) -> Body:
    """Choose one of a department for a title; the id tells the department."""
    chosen = draw("person", view.media_type, view.tmdb_id, department, *key)
    place = int(chosen * _PEOPLE_PER_DEPARTMENT)
    number = 1 + place * len(_DEPARTMENTS) + _DEPARTMENTS.index(department)
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number // 7 % len(_LAST)]}"
    return {
        "adult": False,
        "gender": number % 3,
        "id": number,
        "known_for_department": department,
        "name": name,
        "original_name": name,
        "popularity": round(draw("popularity", number) * 10, 4),
        "profile_path": None if number % 5 == 0 else f"/{hexadecimal('face', number)}.jpg",
    }
