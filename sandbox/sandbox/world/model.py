"""What the platforms show about a title, as plain values.

Nothing here computes; :mod:`sandbox.world.title` makes these values for an instant.
All instants are aware datetimes in UTC, all durations say their unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from sandbox.world.title import Title

MediaType = Literal["movie", "tv"]
Monetization = Literal["flatrate", "free", "ads", "rent", "buy"]
EpisodeType = Literal["regular", "significant_special", "insignificant_special"]
Window = Literal["day", "week"]

MEDIA_TYPES: tuple[MediaType, ...] = ("movie", "tv")
MONETIZATIONS: tuple[Monetization, ...] = ("flatrate", "free", "ads", "rent", "buy")


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre of TMDB; films and series have lists of their own whose ids overlap.

    Attributes:
        id: TMDB's genre id.
        name: English name.
    """

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country in which offers exist and users live.

    Attributes:
        code: ISO 3166-1 alpha-2.
        name: English name.
        native_name: Name as TMDB shows it beside the English one.
        timezone: IANA name of the zone most viewers live in.
        language: ISO 639-1 of the main language.
        currency: ISO 4217.
    """

    code: str
    name: str
    native_name: str
    timezone: str
    language: str
    currency: str


@dataclass(frozen=True, slots=True)
class Language:
    """A spoken language.

    Attributes:
        code: ISO 639-1.
        english_name: Name in English.
        name: Name in the language itself, ``""`` where TMDB has none.
    """

    code: str
    english_name: str
    name: str


@dataclass(frozen=True, slots=True)
class Service:
    """A streaming service or shop, as in TMDB's provider dictionary.

    Attributes:
        provider_id: TMDB's (JustWatch's) provider id.
        name: Name shown to viewers.
        logo_path: Image path, starts with ``/``.
        display_priorities: Rank among services per country; its keys are the countries served.
        monetizations: Ways in which this service offers titles.
        media_types: Dictionaries the service is listed in.
    """

    provider_id: int
    name: str
    logo_path: str
    display_priorities: Mapping[str, int]
    monetizations: tuple[Monetization, ...]
    media_types: tuple[MediaType, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A broadcaster (``is_web`` false) or a streaming channel (true) that carries a series.

    Attributes:
        tmdb_id: TMDB's network id.
        tvmaze_id: TVmaze's id among its networks, or among its web channels if ``is_web``.
        name: Name.
        country: Its country, ``None`` for global web channels.
        official_site: Address, if known.
        is_web: Whether TVmaze lists it as ``webChannel``.
        logo_path: TMDB's image path, if any.
    """

    tmdb_id: int
    tvmaze_id: int
    name: str
    country: Country | None
    official_site: str | None
    is_web: bool
    logo_path: str | None


@dataclass(frozen=True, slots=True)
class Company:
    """A production company.

    Attributes:
        id: TMDB's company id.
        name: Name.
        logo_path: TMDB's image path, if any.
        origin_country: ISO 3166-1 code, ``""`` where unknown.
    """

    id: int
    name: str
    logo_path: str | None
    origin_country: str


@dataclass(frozen=True, slots=True)
class Person:
    """Someone credited with creating a series.

    Attributes:
        id: TMDB's person id.
        name: Name.
        credit_id: 24 hex digits.
        gender: TMDB's code: 0 not set, 1 female, 2 male, 3 non-binary.
        profile_path: TMDB's image path, if any.
    """

    id: int
    name: str
    credit_id: str
    gender: int
    profile_path: str | None


@dataclass(frozen=True, slots=True)
class Collection:
    """A group of films that belong together.

    Attributes:
        id: TMDB's collection id.
        name: Name.
        poster_path: TMDB's image path, if any.
        backdrop_path: TMDB's image path, if any.
    """

    id: int
    name: str
    poster_path: str | None
    backdrop_path: str | None


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode of a series.

    Attributes:
        tmdb_id: TMDB's episode id.
        tvmaze_id: TVmaze's episode id (of no use when the series is not on TVmaze).
        number: Number within the season, ``None`` for specials. TVmaze lists specials in the
            season they belong to; TMDB lists them, if at all, in a season 0 of its own.
        name: Name.
        type: TVmaze's kind of episode.
        airdate: Day of the first showing, ``None`` where the platforms know none.
        airtime: Local time of the first showing, ``HH:MM`` or ``""``.
        runtime: Length in minutes, ``None`` where unknown.
        rating: TVmaze's average, 0 to 10, ``None`` before anyone voted.
        vote_average: TMDB's average, 0 to 10, 0 before anyone voted.
        vote_count: TMDB's number of votes.
        summary: Plain text, ``None`` where nobody wrote one.
        still_path: TMDB's image path, if any.
    """

    tmdb_id: int
    tvmaze_id: int
    number: int | None
    name: str
    type: EpisodeType
    airdate: date | None
    airtime: str
    runtime: int | None
    rating: float | None
    vote_average: float
    vote_count: int
    summary: str | None
    still_path: str | None


@dataclass(frozen=True, slots=True)
class Season:
    """One season of a series.

    Attributes:
        tmdb_id: TMDB's season id.
        tvmaze_id: TVmaze's season id.
        number: Season number; a year such as 2024 for series that number so.
        name: TMDB's name of it.
        premiere: Day of its first episode, ``None`` where unknown.
        end: Day of its last listed episode, ``None`` where unknown.
        overview: Plain text, ``""`` where nobody wrote one.
        vote_average: TMDB's average, 0 to 10.
        poster_path: TMDB's image path, if any.
        episodes: Listed episodes in order of showing, announced ones included.
    """

    tmdb_id: int
    tvmaze_id: int
    number: int
    name: str
    premiere: date | None
    end: date | None
    overview: str
    vote_average: float
    poster_path: str | None
    episodes: tuple[Episode, ...]


Offers = Mapping[str, Mapping[Monetization, Sequence[Service]]]
"""Country code to monetization to services, in display order. No empty entries."""


@dataclass(frozen=True, slots=True)
class TitleView:
    """Everything the platforms show about one title at one instant.

    Between two of the title's change instants only ``offers`` differs.

    Attributes:
        media_type: ``movie`` or ``tv``.
        tmdb_id: Unique within its media type only: a film and a series may share one.
        tvmaze_id: Series on TVmaze only.
        imdb_id: ``tt`` and digits, or unknown.
        tvdb_id: Series only, may be unknown.
        tvrage_id: Series only, may be unknown.
        wikidata_id: ``Q`` and digits, or unknown.
        title: Name in English.
        original_title: Name in the original language.
        overview: Plain text, ``""`` where nobody wrote one.
        tagline: Plain text, often ``""``.
        status: TMDB's word (``Released``, ``Returning Series``, ``Ended``, ``Canceled``, …).
        tvmaze_status: TVmaze's word (``Running``, ``Ended``, ``To Be Determined``,
            ``In Development``), ``""`` for films.
        type: TMDB's kind of series (``Scripted``, ``Reality``, …), ``""`` for films.
        tvmaze_type: TVmaze's kind of series, ``""`` for films.
        release_date: First showing in a cinema or on a channel, if known.
        end_date: Last showing of an ended series.
        in_production: Whether more of the series is being made.
        runtime: Minutes of the film or of an ordinary episode, ``None`` where unknown.
        average_runtime: TVmaze's mean length of episodes in minutes.
        genres: TMDB's genres.
        tvmaze_genres: TVmaze's genre names; may be empty.
        original_language: ISO 639-1.
        spoken_languages: Languages heard; the original one first.
        origin_countries: ISO 3166-1 codes; may be empty.
        popularity: TMDB's activity score.
        vote_average: TMDB's mean vote, 0 to 10, three decimals.
        vote_count: TMDB's number of votes.
        rating: TVmaze's mean vote, 0 to 10, one decimal, ``None`` before enough voted.
        weight: TVmaze's popularity, 0 to 100.
        budget: US dollars, 0 where unknown.
        revenue: US dollars, 0 where unknown.
        homepage: Address, ``""`` where unknown.
        poster_path: TMDB's image path, if any.
        backdrop_path: TMDB's image path, if any.
        adult: Always false here.
        softcore: Always false here.
        video: Always false here.
        collection: Films only.
        companies: Production companies; may be empty.
        networks: Broadcasters and streaming channels; both kinds may be present, or none.
        created_by: Series only; may be empty.
        schedule_time: Local ``HH:MM`` or ``""`` (TVmaze).
        schedule_days: English names of weekdays (TVmaze).
        dvd_country: Country of a disc release on TVmaze, mostly ``None``.
        seasons: Series only, in order; there is no season 0, see :attr:`Episode.number`.
        offers: Where it can be watched now.
    """

    media_type: MediaType
    tmdb_id: int
    tvmaze_id: int | None
    imdb_id: str | None
    tvdb_id: int | None
    tvrage_id: int | None
    wikidata_id: str | None
    title: str
    original_title: str
    overview: str
    tagline: str
    status: str
    tvmaze_status: str
    type: str
    tvmaze_type: str
    release_date: date | None
    end_date: date | None
    in_production: bool
    runtime: int | None
    average_runtime: int | None
    genres: tuple[Genre, ...]
    tvmaze_genres: tuple[str, ...]
    original_language: str
    spoken_languages: tuple[Language, ...]
    origin_countries: tuple[str, ...]
    popularity: float
    vote_average: float
    vote_count: int
    rating: float | None
    weight: int
    budget: int
    revenue: int
    homepage: str
    poster_path: str | None
    backdrop_path: str | None
    adult: bool
    softcore: bool
    video: bool
    collection: Collection | None
    companies: tuple[Company, ...]
    networks: tuple[Network, ...]
    created_by: tuple[Person, ...]
    schedule_time: str
    schedule_days: tuple[str, ...]
    dvd_country: Country | None
    seasons: tuple[Season, ...]
    offers: Offers


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All titles and the dictionaries they refer to.

    Attributes:
        titles: Films and series, also those not yet or no longer on the platforms.
        services: Streaming services and shops.
        genres: TMDB's genre lists per media type.
        countries: Countries in which services offer titles, by code.
    """

    titles: Sequence[Title]
    services: Sequence[Service]
    genres: Mapping[MediaType, Sequence[Genre]]
    countries: Mapping[str, Country]
