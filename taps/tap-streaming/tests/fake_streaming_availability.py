"""A small Streaming Availability behind an adapter, with as many offers as a test puts in."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_fakes import FakeApi, make_tap, run, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest
    import requests
    from tap_fakes import Messages

ALL = ("sa_services", "sa_top", "sa_changes", "sa_offers")
DAY = 86400
CONFIG: dict[str, Any] = {
    "sa_api_key": "a-key",
    "sa_api_url": "http://sa.test/v4",
    "sa_requests_per_second": 1e9,
    "sa_monthly_requests": 1_000_000,
    "sa_services": ["netflix", "prime"],
}
IMAGES = {"lightThemeImage": "i", "darkThemeImage": "i", "whiteImage": "i"}


def serve(monkeypatch: pytest.MonkeyPatch) -> FakeStreamingAvailability:
    """Have a small platform answer all requests; nothing is on it."""
    fake = FakeStreamingAvailability()
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send", lambda _, request, **__: fake.send(request)
    )
    return fake


def stocked(monkeypatch: pytest.MonkeyPatch) -> FakeStreamingAvailability:
    """Return a platform with ten shows in the United States, of which some are in Germany too."""
    fake = serve(monkeypatch)
    for number in range(1, 11):
        fake.add(str(number), "movie" if number % 2 else "series")
        fake.offer(str(number), option(), option("prime", "rent"))
        if number % 3 == 0:
            fake.offer(str(number), option(), country="de")
    fake.clock += timedelta(hours=2)
    return fake


def sa_run(
    *streams: str,
    state: Mapping[str, Any] | None = None,
    stop_after: int | None = None,
    **settings: Any,
) -> Messages:
    return run(*streams, state=state, stop_after=stop_after, **{**CONFIG, **settings})


def brand(key: str) -> dict[str, Any]:
    """Return a service or an addon with all that is required of one."""
    return {
        "id": key,
        "name": key.title(),
        "homePage": f"https://{key}.test/",
        "themeColorCode": "#012345",
        "imageSet": IMAGES,
    }


def option(service: str = "netflix", kind: str = "subscription", **more: Any) -> dict[str, Any]:
    """Return a streaming option with all that is required of one, and more."""
    if "addon" in more:
        more["addon"] = brand(more["addon"])
    return {
        "service": brand(service),
        "type": kind,
        "link": f"https://{service}.test/{kind}",
        "audios": [],
        "subtitles": [],
        "expiresSoon": False,
        "availableSince": 1_700_000_000,
        **more,
    }


FULL = {
    "addon": "max",
    "videoLink": "https://netflix.test/watch",
    "quality": "uhd",
    "audios": [{"language": "eng"}, {"language": "spa", "region": "419"}],
    "subtitles": [
        {"closedCaptions": True, "locale": {"language": "eng"}},
        {"closedCaptions": False, "locale": {"language": "por", "region": "BRA"}},
    ],
    "price": {"amount": "3.99", "currency": "USD", "formatted": "3.99 USD"},
    "expiresSoon": True,
    "expiresOn": 1_800_000_000,
}


class FakeStreamingAvailability(FakeApi):
    """Streaming Availability with pages of 3 shows and of 2 changes."""

    search_page, change_page = 3, 2

    def __init__(self) -> None:
        super().__init__()
        self.shows: dict[str, dict[str, Any]] = {}
        self.offers: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.changes: list[dict[str, Any]] = []
        self.top: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.age = 0
        """Cursors of another age are refused."""
        self.spent: dict[tuple[int, int], int] = defaultdict(int)
        self.routes = [
            (r"/v4/countries", self.countries),
            (r"/v4/shows/top", self.top_list),
            (r"/v4/shows/search/filters", self.search),
            (r"/v4/shows/((?:movie|tv)/\d+)", self.title),
            (r"/v4/changes", self.changed),
        ]

    @property
    def now(self) -> int:
        return int(self.clock.timestamp())

    @property
    def paths(self) -> list[str]:
        return [request.url.partition("?")[0].partition("/v4")[2] for request in self.billed]

    @property
    def billed(self) -> list[Any]:
        return [request for request in self.sent if request.method == "GET"]

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        if request.method == "GET":
            assert request.headers["X-API-Key"] == "a-key"
            self.spent[self.clock.year, self.clock.month] += 1
        else:
            assert "X-API-Key" not in request.headers
        return super().send(request, **more)

    # What there is

    def add(self, key: str, kind: str = "movie", tmdb: int | None = None, **more: Any) -> None:
        """Add a show that is offered nowhere."""
        number = tmdb if tmdb is not None else int(key)
        self.shows[key] = {
            "itemType": "show",
            "showType": kind,
            "id": key,
            "imdbId": f"tt{number:07}",
            "tmdbId": f"{'movie' if kind == 'movie' else 'tv'}/{number}",
            "title": f"show {key}",
            "originalTitle": f"original {key}",
            "overview": "",
            "genres": [],
            "cast": [],
            "rating": 50,
            "imageSet": {
                "verticalPoster": dict.fromkeys(["w240", "w360", "w480", "w600", "w720"], "i"),
                "horizontalPoster": dict.fromkeys(["w360", "w480", "w720", "w1080", "w1440"], "i"),
            },
            **more,
        }

    def offer(self, key: str, *options: dict[str, Any], country: str = "us") -> None:
        """Offer a show in other ways than before, and tell so in the feed."""
        if key not in self.shows:
            self.add(key)
        before = self.offers.get((key, country), [])
        self.offers[key, country] = list(options)
        for one in options:
            if one not in before:
                self.tell("new", key, country, one)
                self.tell("updated", key, country, one)
        for one in before:
            if one not in options:
                self.tell("removed", key, country, one)
                self.tell("updated", key, country, one)

    def tell(
        self, change: str, key: str, country: str, one: Mapping[str, Any], at: int | None = -1
    ) -> None:
        """Put a change into the feed; ``at`` is None for a day that is not known."""
        body = {
            "changeType": change,
            "itemType": "show",
            "showId": key,
            "showType": self.shows[key]["showType"],
            "service": one["service"],
            "streamingOptionType": one["type"],
            "link": one["link"],
        }
        if at is not None:
            body["timestamp"] = self.now if at == -1 else at
        if "addon" in one:
            body["addon"] = one["addon"]
        self.changes.append({"country": country, "body": body})

    # What is answered

    def countries(self, _: dict[str, str]) -> Any:
        kinds = dict.fromkeys(["addon", "buy", "rent", "free", "subscription"], False)
        services = [
            {
                **brand(key),
                "streamingOptionTypes": {**kinds, "subscription": True},
                "addons": [brand("max")] if key == "prime" else [],
            }
            for key in ("netflix", "prime")
        ]
        return {
            code: {"countryCode": code, "name": code.upper(), "services": services}
            for code in ("us", "de")
        }

    def show(self, key: str, *countries: str) -> dict[str, Any]:
        options = {
            country: options
            for (show, country), options in self.offers.items()
            if show == key and options and (not countries or country in countries)
        }
        return {**self.shows[key], "streamingOptions": options}

    def top_list(self, query: dict[str, str]) -> Any:
        keys = self.top[query["country"], query["service"], query["show_type"]]
        return [self.show(key, query["country"]) for key in keys]

    def title(self, tmdb: str, query: dict[str, str]) -> Any:
        assert query["series_granularity"] == "show"
        countries = [query["country"]] if "country" in query else []
        for key, show in self.shows.items():
            if show["tmdbId"] == tmdb:
                return self.show(key, *countries)
        return 404, {"message": "Not Found"}, {}

    def search(self, query: dict[str, str]) -> Any:
        country = query["country"]
        assert query["order_by"] == "original_title"
        found = sorted(
            (self.shows[key]["originalTitle"], key)
            for (key, where), options in self.offers.items()
            if where == country and any(self.is_in(query, one) for one in options)
        )
        cursor = query.get("cursor")
        if cursor is not None:
            age, key, title = cursor.split(":", 2)
            if int(age) != self.age:
                return 400, {"message": "cursor is not valid"}, {}
            found = [one for one in found if one > (title, key)]
        page = found[: self.search_page]
        body: dict[str, Any] = {
            "shows": [self.show(key, country) for _, key in page],
            "hasMore": len(found) > len(page),
        }
        if body["hasMore"]:
            body["nextCursor"] = f"{self.age}:{page[-1][1]}:{page[-1][0]}"
        return body

    def changed(self, query: dict[str, str]) -> Any:
        country, kind = query["country"], query["change_type"]
        assert (query["item_type"], query["order_direction"]) == ("show", "asc")
        if kind in ("new", "removed", "updated"):
            since, until = int(query["from"]), int(query["to"])
            if not (self.now - 31 * DAY <= since <= until <= self.now):
                return 400, {"message": "from and to must be within 31 days"}, {}
        else:
            assert query["include_unknown_dates"] == "true"
            since, until = self.now, self.now + 31 * DAY
        found = sorted(
            (change["body"].get("timestamp", 0), number)
            for number, change in enumerate(self.changes)
            if change["country"] == country
            and change["body"]["changeType"] == kind
            and self.is_in(query, {**change["body"], "type": change["body"]["streamingOptionType"]})
            and since <= change["body"].get("timestamp", since) <= until
        )
        cursor = query.get("cursor")
        if cursor is not None:
            age, at, last = cursor.split(":")
            if int(age) != self.age:
                return 400, {"message": "cursor is not valid"}, {}
            found = [one for one in found if one > (int(at), int(last))]
        page = found[: self.change_page]
        bodies = [self.changes[number]["body"] for _, number in page]
        body: dict[str, Any] = {
            "changes": bodies,
            "shows": {one["showId"]: self.show(one["showId"], country) for one in bodies},
            "hasMore": len(found) > len(page),
        }
        if body["hasMore"]:
            body["nextCursor"] = f"{self.age}:{page[-1][0]}:{page[-1][1]}"
        return body

    @staticmethod
    def is_in(query: Mapping[str, str], one: Mapping[str, Any]) -> bool:
        addon = one.get("addon", {}).get("id")
        place = [one["service"]["id"], one["type"], addon]
        parts = [catalog.split(".") for catalog in query.get("catalogs", "").split(",") if catalog]
        return not parts or any(place[: len(part)] == part for part in parts)

    def held(self, *countries: str, catalogs: str = "netflix,prime") -> set[tuple[str, ...]]:
        """Return what is offered now: show, country, service, type and link."""
        return {
            (key, country, one["service"]["id"], one["type"], one["link"])
            for (key, country), options in self.offers.items()
            for one in options
            if country in countries and self.is_in({"catalogs": catalogs}, one)
        }


def holding(*messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of offers that hold, as the README says how to tell."""
    every = [message for part in messages for message in part]
    rows = [row for key, row in table(every, make_tap([])).items() if key[0] == "sa_offers"]
    latest: dict[Any, str] = defaultdict(str)
    for row in rows:
        place = (row["show_id"], row["country"])
        latest[place] = max(latest[place], row["read_at"])
    return [
        row
        for row in rows
        if row["type"] is not None
        and row["read_at"] == latest[row["show_id"], row["country"]]
        and row["read_at"] >= latest[None, row["country"]]
    ]


def current(*messages: Iterable[Mapping[str, Any]]) -> set[tuple[str, ...]]:
    """Return the offers that hold: show, country, service, type and link."""
    names = ("show_id", "country", "service_id", "type", "link")
    return {tuple(row[name] for name in names) for row in holding(*messages)}
