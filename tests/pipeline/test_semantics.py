"""Metrics answer what plain SQL on the marts answers, and the documentation can be written."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workspace import Workspace

pytestmark = pytest.mark.pipeline

# What is asked of mf, and the same in SQL; both are ordered by their groups.
QUESTIONS = {
    "viewing by kind of title": (
        (
            "--metrics=hours_viewed,sessions,plays,viewers,completion_rate,average_progress",
            "--group-by=title__title_type",
        ),
        """
        with sessions as (
            select
                title_type,
                sum(watched_seconds) / 3600 as hours_viewed,
                count(*) as session_count
            from fct_viewing_sessions
            inner join dim_titles using (title_key)
            group by title_type
        ),
        plays as (
            select
                title_type,
                count(*) as play_count,
                count(distinct user_id) as viewer_count,
                count_if(is_complete) / count(*) as completion_rate,
                avg(progress) as average_progress
            from fct_plays
            inner join dim_titles using (title_key)
            group by title_type
        )
        select * from sessions inner join plays using (title_type) order by 1
        """,
    ),
    "shares by month": (
        (
            "--metrics=tv_share_of_hours,binge_share_of_hours,episodes_per_binge",
            "--group-by=metric_time__month",
        ),
        """
        with sessions as (
            select
                date_trunc('month', started_on) as month_on,
                sum(iff(device = 'tv', watched_seconds, 0)) / sum(watched_seconds) as tv_share,
                sum(iff(is_play, watched_seconds, 0)) as played_seconds
            from fct_viewing_sessions
            group by 1
        ),
        binges as (
            select
                date_trunc('month', started_on) as month_on,
                sum(watched_seconds) as binged_seconds,
                sum(episode_count) / count(*) as episodes_per_binge
            from binge_runs
            group by 1
        )
        select
            to_char(month_on, 'YYYY-MM-DD'),
            tv_share,
            binged_seconds / played_seconds,
            episodes_per_binge
        from sessions
        inner join binges using (month_on)
        order by 1
        """,
    ),
    "active users at the end of each month": (
        ("--metrics=dau,wau,mau,stickiness,mean_dau", "--group-by=metric_time__month"),
        """
        select
            to_char(date_trunc('month', active_on), 'YYYY-MM-DD'),
            max_by(dau, active_on),
            max_by(wau, active_on),
            max_by(mau, active_on),
            max_by(dau, active_on) / max_by(mau, active_on),
            avg(dau)
        from daily_active_users
        group by 1
        order by 1
        """,
    ),
    "revenue by quarter": (
        (
            "--metrics=mrr,paying_customers,new_mrr,churn_mrr,customer_churn_rate",
            "--group-by=metric_time__quarter",
        ),
        """
        with revenue as (
            select
                date_trunc('quarter', month_starts_on) as quarter_on,
                sum(new_mrr) as new_mrr,
                sum(churn_mrr) as churn_mrr,
                max(month_starts_on) as last_month_on
            from monthly_recurring_revenue
            group by 1
        ),
        closing as (
            select
                month_starts_on as last_month_on,
                sum(ending_mrr) as mrr,
                sum(ending_customer_count) as paying_customers
            from monthly_recurring_revenue
            group by 1
        ),
        churn as (
            select
                date_trunc('quarter', month_starts_on) as quarter_on,
                sum(churned_customer_count)
                / nullif(sum(starting_customer_count), 0) as customer_churn_rate
            from monthly_churn
            group by 1
        )
        select
            to_char(quarter_on, 'YYYY-MM-DD'),
            mrr,
            paying_customers,
            new_mrr,
            churn_mrr,
            customer_churn_rate
        from revenue
        inner join closing using (last_month_on)
        inner join churn using (quarter_on)
        order by 1
        """,
    ),
    "retention": (
        ("--metrics=retention_rate", "--group-by=cohort__months_since_signup"),
        """
        select months_since_signup, sum(active_user_count) / sum(cohort_size)
        from retention_cohorts
        group by 1
        order by 1
        """,
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_mf_answers_what_sql_answers(built_workspace: Workspace, question: str) -> None:
    asked, sql = QUESTIONS[question]
    metrics, group = (word.partition("=")[2] for word in asked)
    answer = built_workspace.folder / "answer.csv"
    built_workspace.succeed(
        "meltano", "invoke", "dbt:query", *asked, f"--order={group}", f"--csv={answer}"
    )
    with answer.open() as file:
        rows = list(csv.DictReader(file))
    found = [[row[name.upper()] for name in (group, *metrics.split(","))] for row in rows]
    for mart in ("fct_viewing_sessions", "fct_plays", "dim_titles", "binge_runs",
                 "daily_active_users", "monthly_recurring_revenue", "monthly_churn",
                 "retention_cohorts"):  # fmt: skip
        sql = sql.replace(f"from {mart}\n", f"from analytics.streaming.{mart}\n")
        sql = sql.replace(f"join {mart} ", f"join analytics.streaming.{mart} ")
    _, expected = built_workspace.query(sql)
    assert expected
    assert [row_of(row) for row in found] == [row_of(row) for row in expected]


def row_of(row: Any) -> list[Any]:
    """Return a row's numbers as numbers, its times as days, and nothing for null."""
    return [cell_of(str("" if cell is None else cell)) for cell in row]


def cell_of(text: str) -> Any:
    try:
        return pytest.approx(float(text), rel=1e-6)
    except ValueError:
        return text.removesuffix(" 00:00:00").removesuffix("T00:00:00")


def test_the_documentation_is_written_offline(built_workspace: Workspace) -> None:
    built_workspace.succeed("meltano", "run", "dbt:docs")
    target = built_workspace.folder / "transform" / "target"
    assert (target / "index.html").exists()
    catalog = json.loads((target / "catalog.json").read_text())
    manifest = json.loads((target / "manifest.json").read_text())
    assert not catalog["errors"]
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["access"] == "public":
            columns = {name.lower() for name in catalog["nodes"][key]["columns"]}
            assert columns == set(node["columns"]), node["name"]
