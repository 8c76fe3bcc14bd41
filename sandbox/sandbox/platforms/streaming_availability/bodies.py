"""Shows, seasons, episodes and countries in the shapes of the official description.

Keys without a value are left out, never null. ``tmdbId`` is a text such as ``movie/603``. The
addresses in ``imageSet`` are signed, so they differ whenever the clock does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.platforms.live import draw
from sandbox.platforms.streaming_availability.dictionaries import (
    ADDONS,
    BRANDS,
    GENRES,
    OFFERED,
    OPTION_TYPES,
    genres_of,
)
from sandbox.platforms.streaming_availability.options import Body, brand, options, seconds
from sandbox.platforms.streaming_availability.shelf import SHOW, Item, shelf_of, show_id
from sandbox.world.dictionaries import COUNTRIES
from sandbox.world.words import FAMILY_NAMES, GIVEN_NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sandbox.world import Episode, Season, Title, TitleView, World

GRANULARITIES = ("show", "season", "episode")
_CAST_SIZE = 4
_SIGNED_SECONDS = 7 * 86400
_WIDTHS = {"vertical": (240, 360, 480, 600, 720), "horizontal": (360, 480, 720, 1080, 1440)}


class Writer:
    """Writes the shows of one answer.

    Attributes:
        clock: The instant shown.
    """

    def __init__(
        self, world: World, clock: datetime, country: str | None, granularity: str = "show"
    ) -> None:
        """Write what is seen now.

        Args:
            world: The world.
            clock: The instant to show.
            country: Country of the streaming options, lower case; None for all.
            granularity: One of :data:`GRANULARITIES`.
        """
        self._shelf = shelf_of(world)
        self._country = country
        self._granularity = granularity
        self.clock = clock

    def show(self, title: Title, view: TitleView) -> Body:
        """Return a film or a series."""
        film = view.media_type == "movie"
        body: Body = {
            "itemType": "show",
            "showType": show_type(title),
            "id": show_id(title),
            "imdbId": title.complete.imdb_id,
            "tmdbId": f"{view.media_type}/{view.tmdb_id}",
            "title": view.title,
            "overview": view.overview,
        }
        if film and view.release_date:
            body["releaseYear"] = view.release_date.year
        if not film:
            today = self.clock.date()
            body |= _years([day for day in _days(view.seasons) if day <= today])
        body["originalTitle"] = view.original_title
        body["genres"] = [genre(key) for key in genres_of([item.name for item in view.genres])]
        people = [_person(title, place) for place in range(_CAST_SIZE + 1)]
        if film:
            body["directors"] = people[_CAST_SIZE:]
        elif view.created_by:
            body["creators"] = [person.name for person in view.created_by]
        body["cast"] = people[:_CAST_SIZE]
        body["rating"] = rating(view)
        if not film:
            body["seasonCount"] = len(view.seasons)
            body["episodeCount"] = sum(len(_regular(season)) for season in view.seasons)
        elif view.runtime:
            body["runtime"] = view.runtime
        body["imageSet"] = self._images(title, view)
        body["streamingOptions"] = self._options(title, SHOW)
        if not film and self._granularity != "show":
            body["seasons"] = [self._season(title, season) for season in view.seasons]
        return body

    def _season(self, title: Title, season: Season) -> Body:
        body: Body = {
            "itemType": "season",
            "title": season.name,
            **_years(_days([season])),
            "streamingOptions": self._options(title, Item(season.number, None, season.premiere)),
        }
        if self._granularity == "episode":
            body["episodes"] = [self._episode(title, season, item) for item in _regular(season)]
        return body

    def _episode(self, title: Title, season: Season, episode: Episode) -> Body:
        day = episode.airdate or season.premiere
        assert day is not None
        body: Body = {"itemType": "episode", "title": episode.name}
        if episode.summary:
            body["overview"] = episode.summary
        body["airYear"] = day.year
        body["streamingOptions"] = self._options(title, Item(season.number, episode.number, day))
        return body

    def _options(self, title: Title, item: Item) -> Body:
        found = {
            country: [body for offer in offers for body in options(offer, item, self.clock)]
            for country, offers in self._shelf.offers(title).items()
            if self._country in (None, country)
        }
        return {country: bodies for country, bodies in found.items() if bodies}

    def _images(self, title: Title, view: TitleView) -> Body:
        until = seconds(self.clock) + _SIGNED_SECONDS
        signature = f"{int(draw('signature', title.key, until) * 2**32):08x}"
        query = f"Expires={until}&Signature={signature}"
        base = f"https://cdn.movieofthenight.com/show/{show_id(title)}"

        def sizes(kind: str, shape: str) -> dict[str, str]:
            return {
                f"w{width}": f"{base}/{kind}/{shape}/en/{width}.jpg?{query}"
                for width in _WIDTHS[shape]
            }

        body = {f"{shape}Poster": sizes("poster", shape) for shape in _WIDTHS}
        if view.backdrop_path:
            body |= {f"{shape}Backdrop": sizes("backdrop", shape) for shape in _WIDTHS}
        return body


def show_type(title: Title) -> str:
    """Return this platform's word for a title's kind."""
    return "movie" if title.media_type == "movie" else "series"


def rating(view: TitleView) -> int:
    """Return a title's rating, 0 to 100."""
    return round(10 * view.vote_average)


def genre(key: str) -> Body:
    """Return a genre."""
    return {"id": key, "name": GENRES[key]}


def country(code: str) -> Body:
    """Return a country, by its code in lower case, with its services."""
    services = [
        {
            **brand(BRANDS[service], "services"),
            "streamingOptionTypes": {
                kind: any(kind == known for known, _ in ways) for kind in OPTION_TYPES
            },
            "addons": [brand(ADDONS[service, addon], "addons") for _, addon in ways if addon],
        }
        for service, ways in OFFERED[code].items()
    ]
    return {"countryCode": code, "name": COUNTRIES[code.upper()].name, "services": services}


def _regular(season: Season) -> list[Episode]:
    return [episode for episode in season.episodes if episode.number is not None]


def _days(seasons: Sequence[Season]) -> list[date]:
    days = [season.premiere for season in seasons]
    days += [episode.airdate for season in seasons for episode in _regular(season)]
    return [day for day in days if day is not None]


def _years(days: Sequence[date]) -> Body:
    if not days:
        return {}
    return {"firstAirYear": min(days).year, "lastAirYear": max(days).year}


def _person(title: Title, place: int) -> str:
    given, family = draw("given", title.key, place), draw("family", title.key, place)
    return (
        f"{GIVEN_NAMES[int(given * len(GIVEN_NAMES))]} "
        f"{FAMILY_NAMES[int(family * len(FAMILY_NAMES))]}"
    )
