"""Real films, from the CC0 database that the package ``bokeh_sampledata`` ships.

Its ``movies.db`` joins film facts (table ``omdb``) with review counts (table ``tomatoes``).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import as_file, files

from sandbox.settings import SandboxError

_QUERY = """
    select o.imdbID, o.Title, o.Year, o.Rating, o.Runtime, o.Genre, o.Released, o.Director,
           o.Language, o.Country, t.Rating, t.Meter, t.Reviews, t.BoxOffice, t.Production
    from omdb o
    join tomatoes t on t.ID = o.ID
    where o.Runtime >= 40 and o.Runtime <= 300
      and o.imdbID like 'tt%' and length(o.imdbID) >= 9
      and o.Title <> '' and o.Genre <> '' and o.Released like '____-__-__'
    order by t.Reviews desc, o.imdbID
"""


@dataclass(frozen=True, slots=True)
class Film:
    """What is known about one real film.

    Attributes:
        imdb_id: IMDb's id.
        name: English title.
        year: Year of release.
        certificate: US certificate such as ``PG-13``, if any.
        runtime: Minutes.
        genres: Names as in the database, for example ``Sci-Fi``.
        released: Day of release.
        director: Names joined with commas, ``""`` where unknown.
        languages: English names; may be empty.
        countries: English names; may be empty.
        critics: Mean rating by critics, 0 to 10, if any.
        reviews: Number of reviews; the measure of being known.
        box_office: US dollars, 0 where unknown.
        companies: Names of production companies; may be empty.
    """

    imdb_id: str
    name: str
    year: int
    certificate: str | None
    runtime: int
    genres: tuple[str, ...]
    released: date
    director: str
    languages: tuple[str, ...]
    countries: tuple[str, ...]
    critics: float | None
    reviews: int
    box_office: int
    companies: tuple[str, ...]


@cache
def known_films(count: int) -> tuple[Film, ...]:
    """Read the films with the most reviews, best known first, each IMDb id once.

    There are 15,894; whoever asks for more gets these.

    Raises:
        SandboxError: if the database is missing from the installed package.
    """
    try:
        with as_file(files("bokeh_sampledata") / "_data" / "movies.db") as path:
            connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
            try:
                rows = connection.execute(_QUERY).fetchall()
            finally:
                connection.close()
    except (sqlite3.Error, OSError, ModuleNotFoundError) as error:
        message = f"The film database is missing ({error}): reinstall bokeh-sampledata."
        raise SandboxError(message) from error
    films: dict[str, Film] = {}
    for row in rows:
        if len(films) == count:
            break
        films.setdefault(row[0], _film(row))
    return tuple(films.values())


def _film(row: tuple[object, ...]) -> Film:
    (imdb_id, name, year, certificate, runtime, genres, released, director, *rest) = row
    (languages, countries, critics, meter, reviews, box_office, companies) = rest
    rating = critics if critics is not None else _tenth(meter)
    return Film(
        imdb_id=str(imdb_id),
        name=str(name),
        year=int(str(year)),
        certificate=str(certificate) if certificate else None,
        runtime=round(float(str(runtime))),
        genres=_split(genres),
        released=date.fromisoformat(str(released)),
        director=str(director or ""),
        languages=_split(languages),
        countries=_split(countries),
        critics=None if rating is None else float(str(rating)),
        reviews=int(str(reviews or 0)),
        box_office=int(float(str(box_office or 0))),
        companies=_split(companies),
    )


def _tenth(meter: object) -> float | None:
    return None if meter is None else float(str(meter)) / 10


def _split(text: object) -> tuple[str, ...]:
    return tuple(part for part in str(text or "").split(", ") if part)
