"""The defects that the project's tests must notice: what each simulates, and how it is planted."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SESSIONS = "streaming_app.viewing_sessions"
BUILD = ("build", "--exclude-resource-type", "unit_test")
FRESHNESS = ("source", "freshness")


@dataclass(frozen=True)
class Change:
    """Another text in a model or a macro.

    Attributes:
        model: Name of the model or macro.
        old: Text that its file holds.
        new: Text that takes its place.
    """

    model: str
    old: str
    new: str

    @contextmanager
    def made(self, project: Path) -> Iterator[None]:
        """Replace the text in a copy of the project, and put it back in the end.

        Raises:
            AssertionError: if the model no longer holds the text: the defect needs another one.
        """
        (file,) = project.glob(f"m*s/**/{self.model}.sql")
        text = file.read_text()
        assert self.old in text, f"{self.model} does not hold {self.old!r}"
        file.write_text(text.replace(self.old, self.new))
        try:
            yield
        finally:
            file.write_text(text)


@dataclass(frozen=True)
class Defect:
    """One thing that goes wrong.

    Attributes:
        name: Short name.
        simulates: What happens in life that has this effect.
        select: What dbt is told to build and test.
        changes: In models.
        statements: On raw tables; ``{raw}`` is their database.
        tables: Raw tables that the statements change.
        command: What dbt is told to do with what is selected.
    """

    name: str
    simulates: str
    select: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    statements: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    command: tuple[str, ...] = BUILD


def in_model(
    model: str, old: str, new: str, *, name: str, simulates: str, also: str = ""
) -> Defect:
    """Describe a defect in the SQL of one model, built with what else is selected."""
    return Defect(name, simulates, (model, *also.split()), changes=(Change(model, old, new),))


def in_data(table: str, statement: str, select: str, *, name: str, simulates: str) -> Defect:
    """Describe a defect in one raw table; the models from it on to some depth are built."""
    return Defect(name, simulates, tuple(select.split()), statements=(statement,), tables=(table,))


# From the raw sessions to what is measured of them.
JUDGED = (
    "stg_streaming_app__viewing_sessions int_data_as_of int_viewing_sessions_classified "
    "fct_viewing_sessions"
)
MEASURED = "model_measurements measurement_changes"

DEFECTS = (
    # In models: viewing.
    in_model(
        "fct_viewing_sessions",
        "select * from final",
        "select * from final union all select * from final",
        name="doubled_rows",
        simulates="a join with a table whose key is not unique",
        also="quarantined_rows",
    ),
    in_model(
        "fct_viewing_sessions",
        "    where rejection_reason is null\n",
        "    where rejection_reason is null and hour(started_at) < 23\n",
        name="lost_hour",
        simulates="a filter up to 23:00 instead of up to midnight",
        also="quarantined_rows",
    ),
    in_model(
        "fct_viewing_sessions",
        ">= {{ var('play_minimum_seconds') }}",
        "> {{ var('play_minimum_seconds') }}",
        name="threshold_excluded",
        simulates="> where >= is meant: a session of exactly 30 seconds is no play",
    ),
    in_model(
        "int_viewing_sessions_classified",
        "picked.started_at::date as started_on",
        "dateadd('hour', -5, picked.started_at)::date as started_on",
        name="shifted_time_zone",
        simulates="days of New York where days of UTC are meant",
        also="fct_viewing_sessions",
    ),
    in_model(
        "int_viewing_sessions_classified",
        "on profiles.user_id = users.user_id",
        "on profiles.profile_id = users.user_id",
        name="wrong_join_key",
        simulates="a profile's id compared with a user's",
        also=f"fct_viewing_sessions {MEASURED}",
    ),
    in_model(
        "int_viewing_sessions_classified",
        "from picked\n    left join viewers",
        "from picked\n    inner join viewers",
        name="inner_join",
        simulates="rows without a partner vanish instead of being quarantined",
        also="fct_viewing_sessions quarantined_rows",
    ),
    in_model(
        "int_viewing_sessions_classified",
        "when is_deleted and not is_erased then 'deleted_at_source'",
        "when false then 'deleted_at_source'",
        name="deleted_sessions_shown",
        simulates="the rule about deleted rows is lost",
    ),
    in_model(
        "stg_streaming_app__viewing_sessions",
        "        watched_seconds::integer as watched_seconds,\n"
        "        position_seconds::integer as position_seconds,\n",
        "        position_seconds::integer as watched_seconds,\n"
        "        watched_seconds::integer as position_seconds,\n",
        name="swapped_columns",
        simulates="two columns of the same type change places",
        also=f"int_viewing_sessions_classified fct_viewing_sessions {MEASURED}",
    ),
    in_model(
        "stg_streaming_app__users",
        "    {{ keep_latest(['user_id']) }}\n",
        "",
        name="missing_dedupe",
        simulates="rows that are delivered twice are counted twice",
    ),
    in_model(
        "fct_plays",
        "nullif(runtime_minutes, 0) * 60 as runtime_seconds",
        "nullif(runtime_minutes, 0) as runtime_seconds",
        name="minutes_as_seconds",
        simulates="a unit is not converted",
    ),
    in_model(
        "daily_active_users",
        "sum(sum(came - left_week)) over (",
        "sum(sum(came)) over (",
        name="wau_as_sum_of_dau",
        simulates="who comes on two days of a week counts twice",
    ),
    in_model(
        "watermark",
        "dateadd('hour', -{{ overlap_hours }}, max(present.{{ column }}))",
        "dateadd('hour', 3, max(present.{{ column }}))",
        name="watermark_ahead",
        simulates="an incremental run skips what landed late",
        also="fct_viewing_sessions daily_title_engagement",
    ),
    in_model(
        "touched_days",
        "'coalesce(previous_' ~ group_column ~ ', ' ~ group_column ~ ')'",
        "group_column",
        name="left_group_forgotten",
        simulates="a session that is moved to another title stays with the old one as well",
        also="daily_title_engagement",
    ),
    in_model(
        "daily_title_engagement",
        "count(distinct sessions.profile_id) as profile_count",
        "count(sessions.profile_id) as profile_count",
        name="sessions_as_people",
        simulates="distinct is forgotten",
    ),
    # In models: customers.
    in_model(
        "int_subscription_periods_priced",
        "monthly_price * rate",
        "monthly_price",
        name="mixed_currencies",
        simulates="prices of all currencies are added up as if they were one",
    ),
    in_model(
        "monthly_recurring_revenue",
        "-starting_mrr, 0)) as churn_mrr",
        "starting_mrr, 0)) as churn_mrr",
        name="wrong_sign_of_churn",
        simulates="lost revenue is counted as gained",
    ),
    in_model(
        "int_ratings_classified",
        "stars > {{ var('stars_maximum') }}",
        "stars > 10 * {{ var('stars_maximum') }}",
        name="ratings_out_of_range",
        simulates="a rule about values is lost",
        also="fct_ratings",
    ),
    in_model(
        "int_users_enriched",
        "    where not is_deleted\n\n),\n\nprofiles",
        "\n\n),\n\nprofiles",
        name="deleted_users_shown",
        simulates="an erased user is kept",
        also="dim_users",
    ),
    in_model(
        "dim_users",
        "        users.locale,\n",
        "        users.locale,\n        users.user_id as email_sha256,\n",
        name="personal_column",
        simulates="a column with personal data gets into a mart",
    ),
    # In models: catalogue.
    in_model(
        "int_title_records_identified",
        "title_type || '-' || tmdb_id as id_value",
        "tmdb_id::varchar as id_value",
        name="film_taken_for_series",
        simulates="ids that films and series share are compared without the kind",
    ),
    in_model(
        "int_title_genres_weighted",
        "/ count(*) over (partition by title_key)",
        "",
        name="genres_counted_fully",
        simulates="a title of three genres counts three times",
        also="bridge_title_genres",
    ),
    in_model(
        "dim_titles",
        "select * from {{ ref('int_titles_enriched') }}",
        "select * from {{ ref('int_titles_enriched') }} where tmdb_id is not null",
        name="lost_titles",
        simulates="titles that one source does not know are left out",
    ),
    in_model(
        "int_title_offers_dated",
        "when missed_at < '9999-12-31'::timestamp_ntz then missed_at",
        "when missed_at < '9999-12-31'::timestamp_ntz then dateadd('day', 400, missed_at)",
        name="overlapping_availability",
        simulates="an offer goes on after it has ended",
        also="fct_title_availability",
    ),
    # In the data.
    in_data(
        SESSIONS,
        f"delete from {{raw}}.{SESSIONS} where "
        f"datediff('day', started_at, (select max(updated_at) from raw.{SESSIONS})) = 3",
        JUDGED,
        name="lost_day",
        simulates="a day is not loaded",
    ),
    in_data(
        SESSIONS,
        f"delete from {{raw}}.{SESSIONS} where device = 'tv'",
        f"{JUDGED} {MEASURED}",
        name="lost_device",
        simulates="one kind of player no longer reports",
    ),
    in_data(
        SESSIONS,
        f"update {{raw}}.{SESSIONS} set profile_id = left(profile_id, 12)",
        f"{JUDGED} {MEASURED}",
        name="truncated_ids",
        simulates="a column is too narrow on the way",
    ),
    in_data(
        SESSIONS,
        f"update {{raw}}.{SESSIONS} set profile_id = null where device = 'mobile'",
        f"{JUDGED} {MEASURED}",
        name="null_keys",
        simulates="a new version of the app leaves out the profile",
    ),
    in_data(
        SESSIONS,
        f"update {{raw}}.{SESSIONS} set watched_seconds = watched_seconds / 60",
        f"{JUDGED} {MEASURED}",
        name="seconds_as_minutes",
        simulates="the app reports minutes in the column of seconds",
    ),
    in_data(
        SESSIONS,
        f"update {{raw}}.{SESSIONS} set started_at = dateadd('year', 1, started_at), "
        "ended_at = dateadd('year', 1, ended_at) where device = 'console'",
        JUDGED,
        name="future_dates",
        simulates="players whose clock is wrong",
    ),
    in_data(
        SESSIONS,
        f"update {{raw}}.{SESSIONS} set started_at = dateadd('hour', 9, started_at), "
        "ended_at = dateadd('hour', 9, ended_at)",
        JUDGED,
        name="local_time_loaded",
        simulates="the extractor reads local time as UTC",
    ),
    in_data(
        SESSIONS,
        f"update {{raw}}.{SESSIONS} set device = 'vr' where device = 'console'",
        JUDGED,
        name="unknown_value",
        simulates="the app has a new kind of device",
    ),
    in_data(
        SESSIONS,
        f"alter table {{raw}}.{SESSIONS} rename column device to device_kind",
        JUDGED,
        name="renamed_column",
        simulates="a column of the source gets another name",
    ),
    in_data(
        "streaming_app.subscriptions",
        "update {raw}.streaming_app.subscriptions set currency = 'USD'",
        "stg_streaming_app__subscriptions int_subscriptions_classified "
        "int_subscription_periods_priced fct_subscription_periods",
        name="wrong_currency",
        simulates="prices of all countries are labelled as dollars",
    ),
    in_data(
        "streaming_app.users",
        "delete from {raw}.streaming_app.users where country = 'US'",
        f"stg_streaming_app__users {JUDGED} {MEASURED}",
        name="lost_country",
        simulates="the users of one country are not loaded",
    ),
    in_data(
        "streaming_app.ratings",
        "update {raw}.streaming_app.ratings set stars = stars * 20",
        f"stg_streaming_app__ratings int_ratings_classified fct_ratings {MEASURED}",
        name="stars_as_percent",
        simulates="a source changes its scale",
    ),
    Defect(
        "stale_source",
        "nothing has been loaded for two days",
        ("source:streaming_app.viewing_sessions",),
        statements=(
            f"update {{raw}}.{SESSIONS} set _sdc_batched_at = dateadd('day', -2, sysdate())",
        ),
        tables=(SESSIONS,),
        command=FRESHNESS,
    ),
)
