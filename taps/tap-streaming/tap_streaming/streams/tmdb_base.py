"""What the streams of TMDB share: the platform, pages of lists, and which titles are selected.

Facts about the API are those of https://developer.themoviedb.org/reference and its pages on
errors and rate limits, and of the recorded answers the tests replay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from tap_streaming.answers import Page
from tap_streaming.calls import Endpoint
from tap_streaming.client import PlatformStream, as_count, as_day
from tap_streaming.errors import TapError
from tap_streaming.platforms import Platform
from tap_streaming.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_streaming.calls import Call

LAST_PAGE = 500
"""A page beyond is refused with HTTP 400, although ``total_pages`` may promise more."""
MEDIA_TYPES = ("movie", "tv")
MEDIA_TYPE = "{media_type:movie|tv}"

ANY_ROWS = Page(dict, "results", list)
LISTING = replace(ANY_ROWS, row_key="id")
HOW_TO_GET_ACCESS = "the API Read Access Token is shown at https://www.themoviedb.org/settings/api"
TMDB = Platform(
    key="tmdb",
    title="TMDB",
    clock=Endpoint("/authentication").call(),
    token="access_token",  # noqa: S106
    token_help=HOW_TO_GET_ACCESS,
    cacheable=True,
    gone_codes=frozenset({6, 21, 34}),
    recorded_as="tmdb",
    recorded_prefix="/3",
)
DISCOVER = Endpoint(f"/discover/{MEDIA_TYPE}", LISTING)


class TmdbStream(PlatformStream):
    """Rows of TMDB."""

    platform = TMDB

    @property
    def language(self) -> dict[str, str | int]:
        """The query that asks for texts in the configured language."""
        return {"language": self.config["tmdb_language"]}

    def pages(
        self, call: Call, *, first: Mapping[str, Any] | None = None, last: int = LAST_PAGE
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the bodies of all pages of a list that the API hands out.

        Args:
            call: Asks for the list, without ``page``.
            first: The body of page 1, if it is known already.
            last: No page after this one.

        Raises:
            TapError: if there is no such list.
        """
        first = first or self.page(call)
        yield first
        last = min(as_count(first.get("total_pages")) or 1, LAST_PAGE, last)
        calls = (_on_page(call, page) for page in range(2, last + 1))
        for _, body in self.client.get_many(calls):
            if body is None or not body["results"]:
                return
            yield body

    def listed(
        self, call: Call, first: Mapping[str, Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of a list.

        Rows move between pages while they are read, and one may have no id: if fewer titles came
        than the list says it has, it is read a second time.

        Args:
            call: Asks for the list, without ``page``.
            first: The body of page 1, if it is known already.

        Raises:
            TapError: if there is no such list.
        """
        ids: set[int] = set()
        for _ in range(2):
            promised = adult = 0
            for body in self.pages(call, first=first):
                for row in body["results"]:
                    title = title_id(row)
                    if title is None:
                        adult += isinstance(row, dict) and row.get("adult") is True
                    elif title not in ids:
                        ids.add(title)
                        yield row
                promised = 0 if self.is_cut(body) else as_count(body.get("total_results")) or 0
            if len(ids) + adult >= promised:
                break
            first = None

    def ids_in(self, body: Any) -> list[int]:
        """Return the ids on a page of a list."""
        return [title for row in body["results"] if (title := title_id(row))]

    def is_cut(self, body: Mapping[str, Any]) -> bool:
        """Tell whether a list is longer than the API hands out."""
        return (as_count(body.get("total_pages")) or 0) > LAST_PAGE

    def page(self, call: Call) -> Mapping[str, Any]:
        """Return page 1 of a list.

        Raises:
            TapError: if there is no such list.
        """
        body: Mapping[str, Any] = self.client.get(_on_page(call, 1))
        return body


class SelectingStream(TmdbStream):
    """Rows of the titles that the settings select: those of an id list, or of ``/discover``.

    ``/discover`` combines the values of one filter in ways that are not documented for all of
    them, so it is asked once per country; what its rows tell is checked here.
    """

    selection_settings: ClassVar[tuple[str, ...]] = (
        "tmdb_min_vote_count",
        "tmdb_min_popularity",
        "tmdb_original_languages",
        "tmdb_origin_countries",
        "tmdb_released_from",
        "tmdb_released_to",
        "tmdb_watch_providers",
    )
    date_filter: ClassVar[Mapping[str, str]] = {
        "movie": "primary_release_date",
        "tv": "first_air_date",
    }

    @property
    def selection(self) -> dict[str, Any]:
        """The settings that decide which titles there are; of an id list, its fingerprint."""
        ids = self.title_ids.fingerprint(*MEDIA_TYPES)
        if ids is not None:
            return {"title_ids": ids}
        names = [*self.selection_settings]
        if self.config.get("tmdb_watch_providers"):
            names.append("tmdb_watch_countries")
        return {name: self.config[name] for name in names if self.config.get(name)}

    def covers(self, selection: Any) -> bool:
        """Tell whether a bookmark holds: if it was made of at least the same titles."""
        if not isinstance(selection, dict):
            return self.title_ids.of("movie") is None
        now = self.selection
        for floor in ("tmdb_min_vote_count", "tmdb_min_popularity"):
            if _as_floor(selection.get(floor)) > _as_floor(now.get(floor)):
                return False
        floors = ("tmdb_min_vote_count", "tmdb_min_popularity")
        return _without(selection, floors) == _without(now, floors)

    @property
    def released(self) -> Window:
        """The release days that are selected."""
        return Window(
            as_day(self.config.get("tmdb_released_from")),
            as_day(self.config.get("tmdb_released_to")),
        )

    def searches(self, media_type: str, window: Window) -> list[Call]:
        """Return the requests whose lists together hold the titles of a window.

        Args:
            media_type: ``movie`` or ``tv``.
            window: Release days.

        Raises:
            TapError: if services are selected, but no country.
        """
        config, field = self.config, self.date_filter[media_type]
        filters: dict[str, str | int] = {
            "sort_by": f"{field}.asc",
            "include_adult": "false",
            "vote_count.gte": config["tmdb_min_vote_count"],
        }
        if media_type == "movie":
            filters["include_video"] = "true"
        elif window.start is None:
            filters["include_null_first_air_dates"] = "true"
        if window.start is not None:
            filters[f"{field}.gte"] = window.start.isoformat()
        if window.end is not None:
            filters[f"{field}.lte"] = window.end.isoformat()
        languages = config.get("tmdb_original_languages") or []
        if len(languages) == 1:
            filters["with_original_language"] = languages[0].lower()
        providers = config.get("tmdb_watch_providers") or ()
        regions: list[dict[str, str]] = [{}]
        if providers:
            filters["with_watch_providers"] = "|".join(map(str, providers))
            countries = config["tmdb_watch_countries"]
            if not countries:
                message = (
                    "tmdb_watch_providers selects services, which TMDB knows per country only:"
                    " name the countries in tmdb_watch_countries"
                )
                raise TapError(message)
            regions = [{"watch_region": country.upper()} for country in countries]
        origins = [
            {"with_origin_country": country.upper()}
            for country in config.get("tmdb_origin_countries") or ()
        ]
        both = [region | origin for region in regions for origin in origins or [{}]]
        return [DISCOVER.call({**filters, **more}, media_type=media_type) for more in both]

    def is_selected(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a title is selected, as far as a row of a list or its details tell."""
        config = self.config
        languages = {code.lower() for code in config.get("tmdb_original_languages") or ()}
        origins = {code.upper() for code in config.get("tmdb_origin_countries") or ()}
        made_in = row.get("origin_country")
        released = as_day(row.get("release_date") or row.get("first_air_date"))
        window = self.released
        if row.get("adult") is True:
            return False
        if (as_count(row.get("vote_count")) or 0) < config["tmdb_min_vote_count"]:
            return False
        if _as_floor(row.get("popularity")) < _as_floor(config.get("tmdb_min_popularity")):
            return False
        if languages and row.get("original_language") not in languages:
            return False
        if origins and isinstance(made_in, list) and origins.isdisjoint(made_in):
            return False
        return window == Window() or (released is not None and window.holds(released))


def title_id(row: Any) -> int | None:
    """Return the id in a list row; None for a title for adults or a row without id.

    Such rows have been seen in the change feed (https://github.com/jellyfin/TMDbLib/issues/296).
    """
    if not isinstance(row, dict) or row.get("adult") is True:
        return None
    return as_count(row.get("id")) or None


def _on_page(call: Call, page: int) -> Call:
    return call.endpoint.call({**call.params, "page": page}, **call.values)


def _as_floor(value: Any) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _without(selection: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in selection.items() if name not in names}
