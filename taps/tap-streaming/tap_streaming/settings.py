"""The settings. Each is written here once; tests compare the README and the Meltano plugin."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from singer_sdk import typing as th

_URL = r"^https?://[^/\s]+"

SETTINGS: dict[str, Any] = th.PropertiesList(
    th.Property(
        "title_ids",
        th.ArrayType(th.StringType()),
        default=[],
        title="Title ids",
        description="Only these titles: TMDB's ids as movie/603 and tv/1396, which choose for"
        " every platform that knows them, and TVmaze's as tvmaze/82. The other filters do not"
        " count then. Other ids than before cause a full reading.",
    ),
    th.Property(
        "title_ids_file",
        th.StringType(),
        title="File of title ids",
        description="As title_ids, one per line; what follows # does not count.",
    ),
    th.Property(
        "tmdb_access_token",
        th.StringType(),
        secret=True,
        title="TMDB access token",
        description=(
            "API Read Access Token of TMDB, shown at"
            " https://www.themoviedb.org/settings/api; needed by the tmdb_* streams only."
        ),
    ),
    th.Property(
        "tmdb_api_url",
        th.StringType(pattern=_URL),
        default="https://api.themoviedb.org/3",
        title="TMDB API address",
        description="Address of TMDB's API, version 3.",
    ),
    th.Property(
        "tmdb_language",
        th.StringType(),
        default="en-US",
        title="TMDB language",
        description="Language of titles, overviews and genre names: ISO 639-1, optionally"
        " with an ISO 3166-1 country.",
    ),
    th.Property(
        "tmdb_min_vote_count",
        th.IntegerType(minimum=0),
        default=50,
        title="TMDB least number of votes",
        description="Titles with fewer votes are left out; 0 reads all of TMDB, about a"
        " million titles. A lower number than before causes a full reading.",
    ),
    th.Property(
        "tmdb_min_popularity",
        th.NumberType(minimum=0),
        default=0,
        title="TMDB least popularity",
        description="Titles with a lower popularity, TMDB's measure of activity on its pages,"
        " are left out.",
    ),
    th.Property(
        "tmdb_original_languages",
        th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
        default=[],
        title="TMDB original languages",
        description="Only titles made in one of these languages, ISO 639-1; empty means all.",
    ),
    th.Property(
        "tmdb_origin_countries",
        th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
        default=[],
        title="TMDB countries of origin",
        description="Only titles made in one of these countries, ISO 3166-1; empty means all.",
    ),
    th.Property(
        "tmdb_released_from",
        th.DateType(),
        title="TMDB first release day",
        description="Only titles first shown on this day or later, YYYY-MM-DD.",
    ),
    th.Property(
        "tmdb_released_to",
        th.DateType(),
        title="TMDB last release day",
        description="Only titles first shown on this day or earlier, YYYY-MM-DD.",
    ),
    th.Property(
        "tmdb_watch_providers",
        th.ArrayType(th.IntegerType(minimum=1)),
        default=[],
        title="TMDB services",
        description="Only titles that one of these services (ids of tmdb_watch_providers)"
        " offers in one of tmdb_watch_countries; empty means all.",
    ),
    th.Property(
        "tmdb_watch_countries",
        th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
        default=["US"],
        title="TMDB countries",
        description="Countries whose offers are read, ISO 3166-1; an empty list means all."
        " The number of requests does not depend on it.",
    ),
    th.Property(
        "tmdb_chart_pages",
        th.IntegerType(minimum=1, maximum=500),
        default=5,
        title="TMDB pages per chart",
        description="How many pages of each chart are read, 20 titles each.",
    ),
    th.Property(
        "tmdb_chart_region",
        th.StringType(pattern="^[A-Za-z]{2}$"),
        title="TMDB country of charts",
        description="Country whose charts of films are read, ISO 3166-1; unset asks for no"
        " country. Charts of series know none.",
    ),
    th.Property(
        "tmdb_exports_url",
        th.StringType(pattern=_URL),
        title="TMDB id exports address",
        description="Address of TMDB's daily id exports, https://files.tmdb.org/p/exports: films"
        " and series that vanish from them are looked for and marked as gone; unset does not. Two"
        " files a day and media type, 28 MB each for films. Sent no token.",
    ),
    th.Property(
        "tmdb_requests_per_second",
        th.NumberType(exclusive_minimum=0),
        default=20,
        title="TMDB requests per second",
        description="How fast TMDB is asked; it refuses somewhere near 40.",
    ),
    th.Property(
        "tvmaze_api_url",
        th.StringType(pattern=_URL),
        default="https://api.tvmaze.com",
        title="TVmaze API address",
        description="Address of TVmaze's public API.",
    ),
    th.Property(
        "tvmaze_schedule_countries",
        th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
        default=["US"],
        title="TVmaze countries",
        description="Countries whose broadcasters' schedules are read, ISO 3166-1, a request per"
        " day and country; what is streamed is read for all countries at once.",
    ),
    th.Property(
        "tvmaze_requests_per_second",
        th.NumberType(exclusive_minimum=0),
        default=2,
        title="TVmaze requests per second",
        description="How fast TVmaze is asked; it allows 20 requests in 10 seconds.",
    ),
    th.Property(
        "sa_api_key",
        th.StringType(),
        secret=True,
        title="Streaming Availability API key",
        description="API key of Streaming Availability, free at"
        " https://developers.movieofthenight.com; without it the sa_* streams are empty.",
    ),
    th.Property(
        "sa_api_url",
        th.StringType(pattern=_URL),
        default="https://api.movieofthenight.com/v4",
        title="Streaming Availability API address",
        description="Address of Streaming Availability's API, version 4; with a key of RapidAPI"
        " https://streaming-availability.p.rapidapi.com.",
    ),
    th.Property(
        "sa_countries",
        th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
        default=["us"],
        title="Streaming Availability countries",
        description="Countries that are read, ISO 3166-1; all but sa_services costs requests for"
        " each. Others than before cause a full reading.",
    ),
    th.Property(
        "sa_services",
        th.ArrayType(
            th.StringType(
                pattern=r"^[a-z0-9_-]+(\.(subscription|free|buy|rent|addon(\.[A-Za-z0-9_-]+)?))?$"
            )
        ),
        default=["netflix", "prime", "disney", "apple", "hbo", "crunchyroll"],
        title="Streaming Availability services",
        description="Services that are read, at most 32, by their service_id in the stream"
        " sa_services, or parts of them such as prime.subscription, prime.rent and"
        " prime.addon.hbomaxus; an empty list means all. Titles chosen by id are read with all"
        " services. Others than before cause a full reading.",
    ),
    th.Property(
        "sa_refresh_hours",
        th.NumberType(minimum=1),
        default=24,
        title="Streaming Availability hours between readings",
        description="Top lists, changes and offers are read once in so many hours, counted from"
        " midnight UTC, however often the tap runs.",
    ),
    th.Property(
        "sa_monthly_requests",
        th.IntegerType(minimum=1),
        default=1000,
        title="Streaming Availability requests per month",
        description="Most requests made in a calendar month, spread over its days; the free plan"
        " has 1,000.",
    ),
    th.Property(
        "sa_requests_per_second",
        th.NumberType(exclusive_minimum=0),
        default=2,
        title="Streaming Availability requests per second",
        description="How fast Streaming Availability is asked; it documents no limit.",
    ),
    th.Property(
        "watchmode_api_key",
        th.StringType(),
        secret=True,
        title="Watchmode API key",
        description="API key of Watchmode, free at https://api.watchmode.com/requestApiKey; without"
        " it the watchmode_* streams are empty.",
    ),
    th.Property(
        "watchmode_api_url",
        th.StringType(pattern=_URL),
        default="https://api.watchmode.com/v1",
        title="Watchmode API address",
        description="Address of Watchmode's API, version 1.",
    ),
    th.Property(
        "watchmode_regions",
        th.ArrayType(th.StringType(pattern="^[A-Za-z]{2}$")),
        default=["US"],
        title="Watchmode regions",
        description="Countries whose offers are read, ISO 3166-1; the free plan has at most 3. An"
        " empty list means all that the plan has.",
    ),
    th.Property(
        "watchmode_max_titles",
        th.IntegerType(minimum=1),
        default=500,
        title="Watchmode number of titles",
        description="How many titles are followed: the most popular ones in watchmode_regions. A"
        " snapshot of them costs 2 credits each.",
    ),
    th.Property(
        "watchmode_monthly_credits",
        th.IntegerType(minimum=1),
        default=2500,
        title="Watchmode credits per month",
        description="Most credits spent in a calendar month, spread over its days; never more than"
        " the account has.",
    ),
    th.Property(
        "watchmode_requests_per_second",
        th.NumberType(exclusive_minimum=0),
        default=2,
        title="Watchmode requests per second",
        description="How fast Watchmode is asked; it allows 120 requests a minute.",
    ),
    th.Property(
        "concurrent_requests",
        th.IntegerType(minimum=1, maximum=64),
        default=16,
        title="Concurrent requests",
        description="Most requests under way at once to one platform. They are spaced by the"
        " platform's requests per second whatever their number.",
    ),
    th.Property(
        "http_cache_folder",
        th.StringType(),
        title="Folder for answers",
        description="Keep answers here for as long as their Cache-Control says, and ask"
        " conditionally after that; unset keeps none. Keys are not stored.",
    ),
    th.Property(
        "user_agent",
        th.StringType(),
        default=f"tap-streaming/{metadata.version('tap-streaming')}",
        title="User agent",
        description="How the tap introduces itself to the platforms.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Request timeout",
        description="Seconds to wait for an answer before asking again.",
    ),
    th.Property(
        "request_max_tries",
        th.IntegerType(minimum=1),
        default=6,
        title="Tries per request",
        description="How often a request is made before the run gives up.",
    ),
).to_dict()
