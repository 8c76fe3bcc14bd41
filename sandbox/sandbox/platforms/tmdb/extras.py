"""Parts of a TMDB title nobody models but clients may append: credits, releases, ratings.

Names and roles are made up from the title's id; they only have the right shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.tmdb.bodies import Body, day, hexadecimal

if TYPE_CHECKING:
    from sandbox.world.model import TitleView

_FIRST = ("Ada", "Ben", "Chloe", "Dan", "Ewa", "Femi", "Gus", "Hana", "Ivo", "June", "Kofi", "Lena")
_LAST = ("Abara", "Brandt", "Costa", "Dahl", "Endo", "Faro", "Grant", "Horvat", "Ito", "Jansen")
_ROLES = ("Alex", "The Stranger", "Robin", "Dr. Moss", "Captain Vale", "Kit")
_CREW = (("Directing", "Director"), ("Writing", "Writer"), ("Production", "Producer"))
_CAST_SIZE = 4


def credits_body(view: TitleView) -> Body:
    """Return a small cast and crew."""
    key = (view.media_type, view.tmdb_id)
    cast = [
        {
            **_person(*key, "cast", order, department="Acting"),
            **({"cast_id": order + 1} if view.media_type == "movie" else {}),
            "character": _ROLES[order],
            "order": order,
        }
        for order in range(_CAST_SIZE)
    ]
    crew = [
        {
            **_person(*key, "crew", place, department=department),
            "department": department,
            "job": job,
        }
        for place, (department, job) in enumerate(_CREW)
    ]
    return {"cast": cast, "crew": crew}


def _person(*key: object, department: str) -> Body:
    number = int(draw("person", *key) * 10**6) + 1
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number // 7 % len(_LAST)]}"
    return {
        "adult": False,
        "gender": number % 3,
        "id": number,
        "known_for_department": department,
        "name": name,
        "original_name": name,
        "popularity": round(draw("popularity", number) * 10, 4),
        "profile_path": None if number % 4 == 0 else f"/{hexadecimal('face', number)}.jpg",
        "credit_id": hexadecimal("credit", *key),
    }


def release_dates_body(view: TitleView) -> Body:
    """Return one cinema release per country of origin."""
    date = day(view.release_date)
    release = {
        "certification": "",
        "descriptors": [],
        "iso_639_1": "",
        "note": "",
        "release_date": f"{date}T00:00:00.000Z",
        "type": 3,
    }
    codes = view.origin_countries if date else ()
    return {"results": [{"iso_3166_1": code, "release_dates": [release]} for code in codes]}


def content_ratings_body(view: TitleView) -> Body:
    """Return one rating for series of the United States."""
    ratings = ("TV-PG", "TV-14", "TV-MA")
    rating = ratings[int(draw("content rating", view.tmdb_id) * len(ratings))]
    rows = [{"descriptors": [], "iso_3166_1": "US", "rating": rating}]
    return {"results": rows if "US" in view.origin_countries else []}
