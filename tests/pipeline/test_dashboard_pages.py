"""The dashboard's pages without a browser: over marts with traps, over empty ones, over none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import snowflake.connector
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import queries, warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from workspace import Workspace

pytestmark = [pytest.mark.pipeline, pytest.mark.usefixtures("signed_in")]

PAGES = ("overview", "titles", "title", "audience", "business", "catalogue", "trending", "health")
MARTS = "analytics.streaming"
EMPTY, TRAPS = "dashboard_empty", "dashboard_traps"
RECORDS = {
    "fct_pipeline_runs": "run_id varchar, command varchar, environment varchar, "
    "started_at timestamp_ntz, ended_at timestamp_ntz, status varchar, failed_step varchar, "
    "duration_seconds number(18, 3)",
    "fct_stream_loads": "run_id varchar, stream varchar, rows_loaded number(38, 0), "
    "bytes_loaded number(38, 0), seconds number(18, 3), bookmark_before varchar, "
    "bookmark_after varchar",
    "fct_dbt_results": "run_id varchar, node varchar, resource_type varchar, status varchar, "
    "seconds number(18, 3), failures number(38, 0)",
    "fct_reconciliations": "table_name varchar, compared_at timestamp_ntz, "
    "source_rows number(38, 0), warehouse_rows number(38, 0), differences number(38, 0), "
    "status varchar",
}
"""Records of runs, where a project keeps them: their columns."""


@pytest.fixture(scope="module")
def schemas(built_workspace: Workspace) -> Iterator[Workspace]:
    """A schema of empty marts, and one of marts with traps; both have the records of runs."""
    ask = built_workspace.query
    tables = {
        table
        for page in queries.pages()
        for query in queries.of_page(page)
        for table in query.tables
    }
    for schema in (EMPTY, TRAPS):
        ask(f"create or replace schema analytics.{schema}")
        for table, columns in RECORDS.items():
            ask(f"create table analytics.{schema}.{table} ({columns})")
    for table in sorted(tables - RECORDS.keys()):
        ask(f"create table analytics.{EMPTY}.{table} as select * from {MARTS}.{table} limit 0")
    ask(f"""
        create table analytics.{TRAPS}.retention_cohorts as
        select column1::date as cohort_month, column2 as months_since_signup,
            column3 as cohort_size, column4 as active_user_count
        from values ('2026-08-01', 0, 10, 8), ('2026-08-01', 1, 10, 0), ('2026-09-01', 0, 20, 5)
    """)
    ask(f"""
        create table analytics.{TRAPS}.content_gap as
        select 'Other' as service_name, false as is_own, column1 as genre_name,
            column2 as demand_hours, column3 as demand_share, column4 as supply_title_count,
            column5 as supply_share, column3 - column5 as gap, column6 as gap_rank,
            'US' as country, 'other' as service_key,
            '2026-08-01'::date as window_started_on, '2026-08-28'::date as window_ended_on
        from values ('Drama', 60, 0.6, 9, 0.9, 2), ('Horror', 40, 0.4, 0, 0.0, 1),
            ('War', 0, 0.0, 1, 0.1, 3)
    """)
    ask(f"""
        create table analytics.{TRAPS}.daily_active_users as
        select column1::date as active_on, column2 as dau, column3 as wau, column4 as mau
        from values ('2026-08-27', 3, 4, 5), ('2026-08-28', 3, 4, 5)
    """)
    ask(f"""
        create table analytics.{TRAPS}.daily_title_engagement as
        select column1 as title_key, column2::date as viewed_on, column3 as watched_seconds
        from values ('one', '2026-08-28', 7200), ('two', '2026-08-27', 3600),
            ('two', '2026-08-29', 36000)
    """)
    ask(f"""
        create table analytics.{TRAPS}.bridge_title_genres as
        select column1 as title_key, column2 as genre_key, column3 as weight
        from values ('one', 'drama', 0.5), ('one', 'war', 0.5), ('two', 'drama', 1.0)
    """)
    ask(f"""
        create table analytics.{TRAPS}.dim_genres as
        select column1 as genre_key, column2 as genre_name
        from values ('drama', 'Drama'), ('war', 'War')
    """)
    ask(f"""
        create table analytics.{TRAPS}.dim_titles as
        select column1 as title_key, 'film' as title_type from values ('one'), ('two')
    """)
    ask(f"""
        insert into analytics.{TRAPS}.fct_pipeline_runs values
        ('a', 'run elt', 'prod', '2026-08-28 06:00', '2026-08-28 06:05', 'success', null, 300),
        ('b', 'run elt', 'prod', '2026-08-28 07:00', '2026-08-28 07:01', 'failed', 'dbt:build', 60)
    """)
    ask(f"""
        insert into analytics.{TRAPS}.fct_reconciliations values
        ('users', '2026-08-27 06:00', 9, 9, 0, 'equal'),
        ('users', '2026-08-28 06:00', 10, 8, 2, 'different')
    """)
    yield built_workspace
    for schema in (EMPTY, TRAPS):
        ask(f"drop schema analytics.{schema}")


@pytest.fixture
def signed_in(schemas: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The variables that Meltano gives the dashboard, with nothing kept of another test."""
    given = schemas.variables
    for name, value in {
        "SNOWFLAKE_ACCOUNT": "sandbox",
        "SNOWFLAKE_USER": "sandbox",
        "SNOWFLAKE_PRIVATE_KEY_PATH": given["DASHBOARD_PRIVATE_KEY_PATH"],
        "SNOWFLAKE_ROLE": "REPORTER",
        "SNOWFLAKE_WAREHOUSE": "REPORTING",
        "SNOWFLAKE_DATABASE": "ANALYTICS",
        "SNOWFLAKE_SCHEMA": "STREAMING",
        "HTTPS_PROXY": given["DASHBOARD_HTTPS_PROXY"],
        "REQUESTS_CA_BUNDLE": given["DASHBOARD_CA_BUNDLE"],
    }.items():
        monkeypatch.setenv(name, value)
    # Streamlit sets it for the whole process.
    monkeypatch.setattr(snowflake.connector, "paramstyle", snowflake.connector.paramstyle)
    warehouse.forget()
    yield
    warehouse.forget()


def draw(page: str) -> AppTest:
    """Draw a page, as the app does, with what is said when there is no answer."""

    def script(page: str) -> None:
        import importlib  # noqa: PLC0415

        import streamlit  # noqa: PLC0415

        from dashboard.app import guarded  # noqa: PLC0415

        module = importlib.import_module(f"dashboard.pages.{page}")
        other = streamlit.Page(lambda: None, title="One title", url_path="title")
        guarded(lambda: module.page(other) if page == "titles" else module.page())()

    return AppTest.from_function(script, kwargs={"page": page}, default_timeout=60).run()


def charted(app: AppTest, index: int) -> tuple[dict[str, Any], list[pd.DataFrame]]:
    """Return the specification of a chart and the rows that it draws."""
    proto = app.get("vega_lite_chart")[index].proto
    data = [pa.ipc.open_stream(set_.data.data).read_pandas() for set_ in proto.datasets]
    return json.loads(proto.spec), data


@pytest.mark.parametrize("page", PAGES)
def test_empty_marts_are_said_to_be_empty(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", EMPTY)
    app = draw(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value
    assert app.info, "no figure says that it is empty"
    assert not app.get("vega_lite_chart")


def test_a_missing_mart_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", "NOTHING_HERE")
    app = draw("overview")
    assert not app.exception
    assert "not there yet" in app.error[0].value
    assert warehouse.BUILD in app.markdown[-1].value


def test_an_account_that_does_not_answer_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("DASHBOARD_ADVICE", "Start what is down.")
    monkeypatch.setattr(warehouse, "LOGIN_SECONDS", 1)
    app = draw("overview")
    assert not app.exception
    assert "does not answer" in app.error[0].value
    assert "Start what is down." in app.markdown[-1].value


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("SNOWFLAKE_ROLE", "Not set: SNOWFLAKE_ROLE."),
        ("SNOWFLAKE_PRIVATE_KEY_PATH", "Not set: SNOWFLAKE_PRIVATE_KEY_PATH."),
    ],
)
def test_a_missing_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, said: str
) -> None:
    monkeypatch.setenv(variable, "")
    app = draw("overview")
    assert not app.exception
    assert app.error[0].value == said
    assert "make dashboard" in app.markdown[-1].value


def test_a_key_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_PATH", "/nowhere/key.p8")
    assert draw("overview").error[0].value == "There is no private key at /nowhere/key.p8."


def test_a_schema_that_is_no_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", "a; drop schema b")
    assert "is no name" in draw("overview").error[0].value


def test_a_month_that_is_not_over_is_blank_and_one_without_viewers_is_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", TRAPS)
    app = draw("audience")
    spec, [cells] = charted(app, 0)
    drawn = {
        (row.cohort, row.months_since_signup): row.retention_rate for row in cells.itertuples()
    }
    assert drawn == {("Aug 2026", 0): 0.8, ("Aug 2026", 1): 0.0, ("Sep 2026", 0): 0.25}
    columns = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert columns == list(range(12)), "months to come have their place, and no cell"


def test_a_genre_that_a_service_has_nothing_of_is_its_largest_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", TRAPS)
    _, [cells] = charted(draw("catalogue"), 0)
    drawn = {row.genre_name: (round(row.points, 6), row.text) for row in cells.itertuples()}
    assert drawn == {
        "Drama": (-30.0, "-30.0"), "Horror": (40.0, "+40.0 !"), "War": (-10.0, "-10.0"),
    }  # fmt: skip


def test_the_hours_of_a_title_are_split_between_its_genres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", TRAPS)
    answer = warehouse.ask("titles/genre_hours", days=28, title_type="all")
    # The 29th is not over: its hours are in no figure.
    assert dict(zip(answer.frame.genre_name, answer.frame.hours, strict=True)) == {
        "Drama": 2.0, "War": 1.0,
    }  # fmt: skip


def test_genres_add_up_to_all_hours() -> None:
    genres = warehouse.ask("titles/genre_hours", days=28, title_type="all").frame
    totals = warehouse.ask("overview/viewing_totals", days=28).frame.set_index("period")
    assert genres.hours.sum() == pytest.approx(totals.hours["these"])


def test_what_moved_mrr_makes_its_end() -> None:
    months = warehouse.ask("business/movements", months=121, country="all").frame
    moved = months[[name for name in months if name.endswith("_mrr")]].drop(
        columns=["starting_mrr", "ending_mrr"]
    )
    assert (months.starting_mrr + moved.sum(axis=1)).round(2).tolist() == (
        months.ending_mrr.round(2).tolist()
    )
    assert months.starting_mrr.round(2).tolist()[1:] == months.ending_mrr.round(2).tolist()[:-1]


def test_the_completion_curve_is_the_funnel(schemas: Workspace) -> None:
    key = warehouse.ask("title/choices").first.title_key
    curve = warehouse.ask("title/completion_curve", title_key=key).frame.set_index(
        "percent_reached"
    )
    _, [funnel] = schemas.query(
        "select reached_25_play_count, reached_50_play_count, reached_75_play_count, "
        "reached_95_play_count, play_count from analytics.streaming.title_completion_funnel "
        f"where title_key = '{key}'"
    )
    assert tuple(curve.plays[[25, 50, 75, 95, 0]]) == funnel
    assert curve.share.is_monotonic_decreasing


def test_records_of_runs_are_shown_where_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_SCHEMA", TRAPS)
    app = draw("health")
    runs, comparisons = app.dataframe[0].value, app.dataframe[1].value
    assert list(runs.status) == ["✗ failed", "✓ success"]
    assert runs.failed_step.iloc[0] == "dbt:build"
    assert comparisons[["table_name", "differences", "status"]].to_numpy().tolist() == [
        ["users", 2, "✗ different"]
    ]


def test_records_of_runs_are_not_missed(schemas: Workspace) -> None:
    missing = {
        table
        for table in RECORDS
        if not schemas.query(
            "select 1 from analytics.information_schema.tables "
            f"where table_schema = 'STREAMING' and table_name = '{table.upper()}'"
        )[1]
    }
    app = draw("health")
    assert not app.exception
    assert not app.error
    said = " ".join(info.value for info in app.info)
    assert {table for table in RECORDS if "Not there yet" in said and table in said} == missing


def test_values_are_bound_and_not_written_into_the_sql() -> None:
    odd = "x' or 1 = 1 --"
    assert warehouse.ask("title/daily", title_key=odd).frame.empty
    answer = warehouse.ask("title/daily", title_key=odd)
    assert "'x'' or 1 = 1 --'" in answer.sql, "the SQL that is shown can be run as it is"


def test_answers_to_other_values_are_other_answers() -> None:
    germany, spain = (
        warehouse.ask("business/movements", months=13, country=country).frame.ending_mrr.iloc[-1]
        for country in ("DE", "ES")
    )
    assert germany != spain


def test_a_session_that_ended_is_opened_again() -> None:
    warehouse.ask("titles/genres")
    st.connection(
        "marts", type=warehouse.SnowflakeConnection, **warehouse.login()
    ).raw_connection.close()
    st.cache_data.clear()
    assert len(warehouse.ask("titles/genres").frame) > 5
