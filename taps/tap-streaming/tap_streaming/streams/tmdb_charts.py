"""The charts of TMDB: what is popular, best rated, in cinemas, and on the air."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_streaming.calls import Endpoint
from tap_streaming.client import as_count, as_day, distinct
from tap_streaming.streams.tmdb_base import (
    LISTING,
    MEDIA_TYPE,
    MEDIA_TYPES,
    TmdbStream,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_streaming.calls import Call

PAGE_ROWS = 20
CHARTS = {
    "movie": ("popular", "top_rated", "now_playing", "upcoming"),
    "tv": ("popular", "top_rated", "on_the_air", "airing_today"),
}


def _endpoint(media_type: str) -> Endpoint:
    charts = "|".join(CHARTS[media_type])
    return Endpoint(f"/{{media_type:{media_type}}}/{{chart:{charts}}}", LISTING)


class TmdbCharts(TmdbStream):
    """The first pages of each chart: a snapshot, taken once a day of the platform.

    The rank is the place in the list. Charts move while they are read, so a title may be met twice;
    on no place is there more than one.
    """

    name = "tmdb_charts"
    primary_keys = ("chart", "media_type", "rank", "snapshot_date")
    replication_key = "snapshot_date"
    selection_settings = ("tmdb_chart_pages", "tmdb_chart_region")
    endpoints = tuple(map(_endpoint, MEDIA_TYPES))
    similar = (
        Endpoint(f"/{{chart:discover|search}}/{MEDIA_TYPE}", LISTING),
        Endpoint("/{chart:search}/multi", LISTING),
        Endpoint(f"/{MEDIA_TYPE}/{{id}}/{{chart:similar|recommendations}}", LISTING),
        Endpoint("/{chart:keyword|company}/{id}/{media_type:movie}s", LISTING),
    )
    ignored_fields = frozenset({
        "adult", "backdrop_path", "first_air_date", "genre_ids", "name", "origin_country",
        "original_language", "original_name", "original_title", "overview", "poster_path",
        "softcore", "video",
    })  # fmt: skip

    @property
    def selection(self) -> dict[str, Any]:
        """The settings that decide which rows there are."""
        return {name: self.config.get(name) for name in self.selection_settings}

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Yield the charts, unless the day's snapshot has been taken."""
        today = self.client.today()
        if self._taken():
            self.logger.info("the charts of %s have been read already", today)
            return
        for endpoint, (media_type, charts) in zip(self.endpoints, CHARTS.items(), strict=True):
            params = dict(self.language)
            if media_type == "movie" and self.config.get("tmdb_chart_region"):
                params["region"] = self.config["tmdb_chart_region"].upper()
            for chart in charts:
                now = self.client.now().isoformat()
                call = endpoint.call(
                    params, media_type=media_type, chart=chart, day=today, snapshot_at=now
                )
                pages = self.pages(call, last=self.config["tmdb_chart_pages"])
                for page, body in enumerate(pages, 1):
                    yield from self.parse({**body, "page": page}, call)
        self.checkpoint(today.isoformat())

    def cost(self) -> int:
        """Return the number of pages, if no chart is shorter."""
        pages: int = self.config["tmdb_chart_pages"]
        return 0 if self._taken() else pages * sum(map(len, CHARTS.values()))

    def parse(self, body: Any, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield the titles on a page; a search of all kinds, which is never asked, finds people."""
        values = call.values
        first = PAGE_ROWS * ((as_count(body.get("page")) or 1) - 1) + 1
        stamp = {
            "chart": values.get("chart"),
            "region": call.params.get("region"),
            "snapshot_date": (values.get("day") or self.client.today()).isoformat(),
            "snapshot_at": values.get("snapshot_at") or self.client.now().isoformat(),
        }
        for rank, row in enumerate(distinct(body["results"], "media_type", "id"), first):
            media_type = values.get("media_type") or row.get("media_type")
            if media_type not in MEDIA_TYPES:
                continue
            yield {
                **row,
                **stamp,
                "media_type": media_type,
                "rank": rank,
                "title": row.get("title") or row.get("name"),
                "release_date": row.get("release_date") or row.get("first_air_date"),
            }

    def _taken(self) -> bool:
        return as_day(self.bookmark.get("replication_key_value")) == self.client.today()


STREAMS = (TmdbCharts,)
