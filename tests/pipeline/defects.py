"""The defects that the project's tests must notice: what each simulates, and how it is planted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SESSIONS = "streaming_app.viewing_sessions"


@dataclass(frozen=True)
class Change:
    """Another text in a model.

    Attributes:
        model: Name of the model.
        old: Text that its file holds.
        new: Text that takes its place.
    """

    model: str
    old: str
    new: str

    def make(self, project: Path) -> None:
        """Replace the text in a copy of the project.

        Raises:
            AssertionError: if the model no longer holds the text: the defect needs another one.
        """
        self._replace(project, self.old, self.new)

    def undo(self, project: Path) -> None:
        """Put the text back."""
        self._replace(project, self.new, self.old)

    def _replace(self, project: Path, old: str, new: str) -> None:
        (file,) = project.glob(f"models/**/{self.model}.sql")
        text = file.read_text()
        assert old in text, f"{self.model} does not hold {old!r}"
        file.write_text(text.replace(old, new))


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
        keeps: Marts that go on from the good build, as they do from the run before.
    """

    name: str
    simulates: str
    select: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    statements: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


def in_model(
    model: str, old: str, new: str, *, name: str, simulates: str, also: str = ""
) -> Defect:
    """Describe a defect in the SQL of one model, built with what else is selected."""
    return Defect(name, simulates, (model, *also.split()), changes=(Change(model, old, new),))


def in_data(table: str, statement: str, select: str, *, name: str, simulates: str) -> Defect:
    """Describe a defect in one raw table; the models from it on to some depth are built."""
    return Defect(name, simulates, tuple(select.split()), statements=(statement,), tables=(table,))


DEFECTS = (
    # Viewing.
    in_model(
        "fct_viewing_sessions",
        "        changed_at\n    from picked\n",
        "        changed_at\n    from (select * from picked union all select * from picked)\n",
        name="doubled_rows",
        simulates="a join with a table whose key is not unique",
    ),
    in_model(
        "fct_viewing_sessions",
        "where rejection_reason is null\n\n),",
        "where rejection_reason is null and date_part('hour', started_at) < 23\n\n),",
        name="lost_hour",
        simulates="a filter up to 23:00 instead of up to midnight",
    ),
    in_model(
        "fct_viewing_sessions",
        ">= {{ var('play_minimum_seconds') }}",
        "> {{ var('play_minimum_seconds') }}",
        name="threshold_excluded",
        simulates="> where >= is meant: a session of exactly 30 seconds is no play",
    ),
    in_model(
        "fct_viewing_sessions",
        "started_at::date as started_on",
        "dateadd('hour', -5, started_at)::date as started_on",
        name="shifted_time_zone",
        simulates="days of New York where days of UTC are meant",
    ),
    in_model(
        "int_viewing_sessions_classified",
        "on profiles.user_id = users.user_id",
        "on sessions.profile_id = users.user_id",
        name="wrong_join_key",
        simulates="a profile's id compared with a user's",
    ),
    in_model(
        "int_viewing_sessions_classified",
        "left join titles",
        "inner join titles",
        name="inner_join",
        simulates="rows without a partner vanish instead of being quarantined",
        also="quarantined_viewing_sessions fct_viewing_sessions",
    ),
    in_model(
        "stg_streaming_app__users",
        "    {{ keep_latest(['user_id']) }}\n",
        "",
        name="missing_dedupe",
        simulates="rows delivered twice are counted twice",
    ),
    # Customers.
    in_model(
        "int_subscription_periods_priced",
        "monthly_price * rate",
        "monthly_price",
        name="mixed_currencies",
        simulates="prices of all currencies added up as if they were one",
    ),
    in_model(
        "monthly_recurring_revenue",
        "-starting_mrr, 0)) as churn_mrr",
        "starting_mrr, 0)) as churn_mrr",
        name="wrong_sign_of_churn",
        simulates="lost revenue counted as gained",
    ),
    in_model(
        "int_ratings_classified",
        "when is_deleted and not is_erased then 'deleted_at_source'",
        "when false then 'deleted_at_source'",
        name="deleted_rows_shown",
        simulates="the filter on deleted rows is lost",
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
    # Catalogue.
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
        "    select * from {{ ref('int_titles_enriched') }}\n",
        "    select * from {{ ref('int_titles_enriched') }} where tmdb_id is not null\n",
        name="lost_titles",
        simulates="titles that one source does not know are left out",
    ),
)
