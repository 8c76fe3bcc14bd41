"""Streaming options: what an offer looks like at an instant.

Oddities kept: amounts of prices as text; several qualities of one offer are options of their own,
each with its price; of a series as a whole no price; options that differ in their link only;
optional keys left out; the end of some offers known to be near while its day is not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.platforms.live import draw
from sandbox.platforms.streaming_availability.dictionaries import (
    ADDONS,
    BRANDS,
    LANGUAGES,
    PRICE_LEVELS,
    REGIONS,
)
from sandbox.platforms.streaming_availability.shelf import show_id
from sandbox.world.dictionaries import COUNTRIES

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.platforms.streaming_availability.dictionaries import Brand
    from sandbox.platforms.streaming_availability.shelf import Item, Offer

Body = dict[str, Any]

SOON = timedelta(days=30)
"""How long before its end an offer is known to expire."""
UNKNOWN_DATE_SHARE = 0.15
"""Share of offers whose service does not say on which day they end or begin."""
_ONE_SECOND = timedelta(seconds=1)
_QUALITIES = ("sd", "hd", "uhd", "qhd", None)
_LADDERS = (("hd",), ("sd", "hd"), ("hd", "uhd"), ("sd", "hd", "uhd"))
_BASE_PRICES = {
    ("rent", "show"): 3.99,
    ("buy", "show"): 9.99,
    ("rent", "season"): 7.99,
    ("buy", "season"): 17.99,
    ("rent", "episode"): 0.99,
    ("buy", "episode"): 1.99,
}
_QUALITY_PRICES = {"sd": 0.0, "hd": 1.0, "uhd": 3.0}
_LINKS_CHANGE_EVERY = 3
"""Revisions of an offer for which its link stays."""
_SECOND_LINK = "?edition=2"


def options(offer: Offer, item: Item, clock: datetime) -> list[Body]:
    """Return what an offer of an item looks like now: nothing, or one option per quality."""
    if not active(offer, item, clock):
        return []
    revision = offer.revision(clock)
    body: Body = {
        "service": brand(BRANDS[offer.service], "services"),
        "type": offer.type,
    }
    if offer.addon:
        body["addon"] = brand(ADDONS[offer.service, offer.addon], "addons")
    body["link"] = link(offer, item, clock)
    if draw("video link", offer.key) < 0.6:  # noqa: PLR2004
        body["videoLink"] = body["link"].replace("/title/", "/watch/").removesuffix(_SECOND_LINK)
    languages = {"audios": _audios(offer), "subtitles": _subtitles(offer, revision)}
    expiry: Body = {"expiresSoon": expires_soon(offer, clock)}
    if expiry["expiresSoon"] and date_known(offer):
        expiry["expiresOn"] = expires_on(offer)
    expiry["availableSince"] = seconds(item.begins(offer))
    found = []
    for quality in _qualities(offer, revision):
        option = {**body, **({"quality": quality} if quality else {}), **languages}
        price = _price(offer, item, quality, revision)
        found.append({**option, **({"price": price} if price else {}), **expiry})
    return found


def active(offer: Offer, item: Item, clock: datetime) -> bool:
    """Tell whether an offer holds an item now."""
    gone_at = offer.gone_at
    return item.begins(offer) <= clock and (gone_at is None or clock < gone_at)


def expires_soon(offer: Offer, clock: datetime) -> bool:
    """Tell whether an offer is known to end within a month."""
    return offer.ends is not None and offer.ends - SOON <= clock


def expires_on(offer: Offer) -> int:
    """Return the last second of an offer that ends, in epoch seconds: it is on the last day."""
    assert offer.ends is not None
    return seconds(offer.ends - _ONE_SECOND)


def date_known(offer: Offer) -> bool:
    """Tell whether the service says on which day an offer begins and ends."""
    return draw("date known", offer.key) >= UNKNOWN_DATE_SHARE


def seconds(instant: datetime) -> int:
    """Return an instant in epoch seconds."""
    return int(instant.timestamp())


def link(offer: Offer, item: Item, instant: datetime) -> str:
    """Return the address of an item on its service, which changes now and then."""
    home = (ADDONS[offer.service, offer.addon] if offer.addon else BRANDS[offer.service]).home_page
    token = f"{show_id(offer.title)}{offer.revision(instant) // _LINKS_CHANGE_EVERY % 100:02d}"
    address = f"{home.rstrip('/')}/title/{token}"
    if item.season is not None:
        address += f"/season/{item.season}"
    if item.episode is not None:
        address += f"/episode/{item.episode}"
    return address + _SECOND_LINK if offer.copy else address


def brand(some: Brand, folder: str) -> Body:
    """Return a service or an addon."""
    images = f"https://media.movieofthenight.com/{folder}/{some.id}"
    return {
        "id": some.id,
        "name": some.name,
        "homePage": some.home_page,
        "themeColorCode": some.color,
        "imageSet": {
            "lightThemeImage": f"{images}/logo-light-theme.svg",
            "darkThemeImage": f"{images}/logo-dark-theme.svg",
            "whiteImage": f"{images}/logo-white.svg",
        },
    }


def _qualities(offer: Offer, revision: int) -> tuple[str | None, ...]:
    chance = draw("quality", offer.key, revision // 2)
    if offer.type in ("rent", "buy"):
        return _LADDERS[int(chance * len(_LADDERS))]
    return (_QUALITIES[int(chance * len(_QUALITIES))],)


def _audios(offer: Offer) -> list[Body]:
    spoken = [offer.title.complete.original_language, COUNTRIES[offer.country.upper()].language]
    codes = dict.fromkeys(LANGUAGES[code] for code in spoken if code in LANGUAGES)
    return [_locale(offer, code, "audio") for code in codes]


def _subtitles(offer: Offer, revision: int) -> list[Body]:
    codes = [
        code
        for code in dict.fromkeys(LANGUAGES.values())
        if draw("subtitle", offer.key, code, revision) < 0.2  # noqa: PLR2004
    ]
    return [
        {
            "closedCaptions": draw("captions", offer.key, code) < 0.4,  # noqa: PLR2004
            "locale": _locale(offer, code, "subtitle"),
        }
        for code in codes
    ]


def _locale(offer: Offer, code: str, use: str) -> Body:
    body: Body = {"language": code}
    if code in REGIONS and draw("region", offer.key, code, use) < 0.3:  # noqa: PLR2004
        body["region"] = REGIONS[code]
    return body


def _price(offer: Offer, item: Item, quality: str | None, revision: int) -> Body | None:
    if offer.type not in ("rent", "buy"):
        return None
    level = "show" if item.season is None else "season" if item.episode is None else "episode"
    if offer.title.media_type == "tv" and (
        level == "show" or (level == "season" and draw("by season", offer.key) < 0.5)  # noqa: PLR2004
    ):
        return None
    currency = COUNTRIES[offer.country.upper()].currency
    dollars = _BASE_PRICES[offer.type, level] + _QUALITY_PRICES[quality or "hd"]
    dollars += int(4 * draw("price", offer.key, revision)) - 1 if level != "episode" else 0
    whole = dollars * PRICE_LEVELS[currency]
    amount = f"{whole:.0f}" if currency == "JPY" else f"{whole:.2f}"
    return {"amount": amount, "currency": currency, "formatted": f"{amount} {currency}"}
