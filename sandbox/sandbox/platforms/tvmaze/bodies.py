"""TVmaze's bodies in the shapes of its recorded answers.

Oddities kept: ratings as float, int or null; ``""`` for unknown times and dates; null networks,
or both a network and a web channel at once; web channels without a country; specials without a
number; seasons numbered like years; summaries as HTML, ``""`` or null; no vote counts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.platforms.live import draw

if TYPE_CHECKING:
    from sandbox.platforms.live import Snapshot
    from sandbox.world.model import Country, Episode, Network, Season, TitleView

Body = dict[str, Any]

API = "https://api.tvmaze.com"
SITE = "https://www.tvmaze.com"
_IMAGES = "https://static.tvmaze.com/uploads/images"
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_NOON = time(12, tzinfo=UTC)


def show_id(view: TitleView) -> int:
    """Return the id of a series that is on TVmaze."""
    assert view.tvmaze_id is not None
    return view.tvmaze_id


def show(view: TitleView, snapshot: Snapshot) -> Body:
    """Return a show as in the index."""
    number = show_id(view)
    network, channel = _carrier(view, is_web=False), _carrier(view, is_web=True)
    return {
        "id": number,
        "url": f"{SITE}/shows/{number}/{_slug(view.title)}",
        "name": view.title,
        "type": view.tvmaze_type,
        "language": view.spoken_languages[0].english_name if view.spoken_languages else None,
        "genres": list(view.tvmaze_genres),
        "status": view.tvmaze_status,
        "runtime": view.runtime,
        "averageRuntime": view.average_runtime,
        "premiered": view.release_date.isoformat() if view.release_date else None,
        "ended": view.end_date.isoformat() if view.end_date else None,
        "officialSite": view.homepage or None,
        "schedule": {"time": view.schedule_time, "days": list(view.schedule_days)},
        "rating": {"average": _number(view.rating)},
        "weight": view.weight,
        "network": _network(network),
        "webChannel": _network(channel),
        "dvdCountry": _country(view.dvd_country),
        "externals": {"tvrage": view.tvrage_id, "thetvdb": view.tvdb_id, "imdb": view.imdb_id},
        "image": _image("portrait", view.poster_path),
        "summary": _summary(view.overview, view.title, number),
        "updated": snapshot.updated(number),
        "_links": _links(view, snapshot),
    }


def _links(view: TitleView, snapshot: Snapshot) -> Body:
    links: Body = {"self": {"href": f"{API}/shows/{show_id(view)}"}}
    before, after = neighbours(view, snapshot)
    for name, pair in (("previousepisode", before), ("nextepisode", after)):
        if pair:
            episode = pair[1]
            links[name] = {"href": f"{API}/episodes/{episode.tvmaze_id}", "name": episode.name}
    return links


def neighbours(
    view: TitleView, snapshot: Snapshot
) -> tuple[tuple[Season, Episode] | None, tuple[Season, Episode] | None]:
    """Return the last regular episode shown so far and the next one, each if there is one."""
    today = snapshot.known_until("tv", view.tmdb_id)
    before = after = None
    for season, episode in listed(view):
        if episode.airdate is None:
            continue
        if episode.airdate <= today:
            if before is None or before[1].airdate <= episode.airdate:  # type: ignore[operator]
                before = (season, episode)
        elif after is None or episode.airdate < after[1].airdate:  # type: ignore[operator]
            after = (season, episode)
    return before, after


def listed(view: TitleView, *, specials: bool = False) -> list[tuple[Season, Episode]]:
    """Return the episodes in order, specials (those without a number) only if wanted."""
    return [
        (season, episode)
        for season in view.seasons
        for episode in season.episodes
        if specials or episode.number is not None
    ]


def episode(view: TitleView, season: Season, item: Episode) -> Body:
    """Return an episode."""
    label = f"{season.number}x{item.number:02d}" if item.number is not None else "special"
    number = show_id(view)
    path = f"{_slug(view.title)}-{label}-{_slug(item.name)}"
    return {
        "id": item.tvmaze_id,
        "url": f"{SITE}/episodes/{item.tvmaze_id}/{path}",
        "name": item.name,
        "season": season.number,
        "number": item.number,
        "type": item.type,
        "airdate": item.airdate.isoformat() if item.airdate else "",
        "airtime": item.airtime,
        "airstamp": _airstamp(view, item),
        "runtime": item.runtime,
        "rating": {"average": _number(item.rating)},
        "image": _image("landscape", item.still_path),
        "summary": f"<p>{item.summary}</p>" if item.summary else item.summary,
        "_links": {
            "self": {"href": f"{API}/episodes/{item.tvmaze_id}"},
            "show": {"href": f"{API}/shows/{number}", "name": view.title},
        },
    }


def season(view: TitleView, item: Season) -> Body:
    """Return a season; its name is ``""`` unless it has one of its own."""
    plain = f"Season {item.number}"
    count = sum(entry.number is not None for entry in item.episodes)
    slug = f"{_slug(view.title)}-season-{item.number}"
    return {
        "id": item.tvmaze_id,
        "url": f"{SITE}/seasons/{item.tvmaze_id}/{slug}",
        "number": item.number,
        "name": "" if item.name == plain else item.name,
        "episodeOrder": count or None,
        "premiereDate": item.premiere.isoformat() if item.premiere else None,
        "endDate": item.end.isoformat() if item.end else None,
        "network": _network(_carrier(view, is_web=False)),
        "webChannel": _network(_carrier(view, is_web=True)),
        "image": _image("portrait", item.poster_path),
        "summary": _summary(item.overview, None, item.tvmaze_id),
        "_links": {"self": {"href": f"{API}/seasons/{item.tvmaze_id}"}},
    }


def carriers(view: TitleView) -> tuple[Network | None, Network | None]:
    """Return a show's broadcaster and its web channel; either, both or neither may be there."""
    return _carrier(view, is_web=False), _carrier(view, is_web=True)


def _carrier(view: TitleView, *, is_web: bool) -> Network | None:
    return next((network for network in view.networks if network.is_web == is_web), None)


def _network(network: Network | None) -> Body | None:
    if network is None:
        return None
    return {
        "id": network.tvmaze_id,
        "name": network.name,
        "country": _country(network.country),
        "officialSite": network.official_site,
    }


def _country(country: Country | None) -> Body | None:
    if country is None:
        return None
    return {"name": country.name, "code": country.code, "timezone": country.timezone}


def _airstamp(view: TitleView, item: Episode) -> str | None:
    """Local air time in UTC; noon UTC where the platform knows the day only."""
    if item.airdate is None:
        return None
    carrier = next((network for network in view.networks if network.country), None)
    if not item.airtime or carrier is None or carrier.country is None:
        return datetime.combine(item.airdate, _NOON).isoformat()
    zone = ZoneInfo(carrier.country.timezone)
    local = datetime.combine(item.airdate, time.fromisoformat(item.airtime), zone)
    return local.astimezone(UTC).isoformat()


def _number(value: float | None) -> float | None:
    """Whole averages are integers (77 of 636 in recordings)."""
    return int(value) if value is not None and value == int(value) else value


def _image(shape: str, path: str | None) -> Body | None:
    if path is None:
        return None
    name = path.removeprefix("/")
    return {
        "medium": f"{_IMAGES}/medium_{shape}/{name}",
        "original": f"{_IMAGES}/original_untouched/{name}",
    }


def _summary(text: str, name: str | None, key: int) -> str | None:
    if not text:
        return "" if draw("summary", key) < 0.5 else None  # noqa: PLR2004
    return f"<p><b>{name}</b>: {text}</p>" if name else f"<p>{text}</p>"


def _slug(text: str) -> str:
    return _NOT_SLUG.sub("-", text.lower()).strip("-")
