"""Metrics answer what plain SQL on the marts answers, and the documentation can be written."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import bi_artefacts
import bi_formulas
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


@pytest.fixture(scope="module")
def answers_of_mf(built_workspace: Workspace) -> dict[str, dict[str, float]]:
    """What mf answers for all metrics, by quarter."""
    target = built_workspace.folder / "transform" / "target" / "semantic_manifest.json"
    metrics = [metric["name"] for metric in json.loads(target.read_text())["metrics"]]
    answer = built_workspace.folder / "answer.csv"
    built_workspace.succeed(
        "meltano", "invoke", "dbt:query", f"--metrics={','.join(metrics)}",
        "--group-by=metric_time__quarter", f"--csv={answer}",
    )  # fmt: skip
    with answer.open() as file:
        rows = list(csv.DictReader(file))
    return {
        name: {
            row["METRIC_TIME__QUARTER"][:10]: float(row[name.upper()])
            for row in rows
            if row[name.upper()]
        }
        for name in metrics
    }


@pytest.fixture(scope="module")
def labels(built_workspace: Workspace) -> dict[str, str]:
    """Names of the metrics by what people see."""
    manifest = json.loads(
        (built_workspace.folder / "transform" / "target" / "manifest.json").read_text()
    )
    return {metric["label"]: metric["name"] for metric in manifest["metrics"].values()}


def assert_same(found: bi_formulas.Answers, expected: bi_formulas.Answers) -> None:
    for name, values in found.items():
        assert values == pytest.approx(expected[name], rel=1e-6), name


def test_looker_computes_what_mf_answers(
    built_workspace: Workspace, answers_of_mf: bi_formulas.Answers
) -> None:
    views = bi_artefacts.looker_views()
    found = bi_formulas.ask(built_workspace.query, bi_formulas.looker(views))
    assert found.keys() == answers_of_mf.keys() - {"binge_share_of_hours"}
    assert_same(found, answers_of_mf)
    # Would it be noticed if days were added up?
    for mart, name in (("daily_active_users", "dau"), ("monthly_recurring_revenue", "mrr")):
        measure = next(each for each in views[mart]["measures"] if each["name"] == name)
        measure["sql"] = (
            measure["sql"].replace("case when ${TABLE}.is_closing then", "(").replace(" end", ")")
        )
        asked = (each for each in bi_formulas.looker(views) if each.table == mart)
        summed = bi_formulas.ask(built_workspace.query, asked)[name]
        assert max(summed.values()) > 2 * max(answers_of_mf[name].values())


def test_looker_closes_at_the_last_month_that_is_asked_for(built_workspace: Workspace) -> None:
    view = bi_artefacts.looker_views()["monthly_recurring_revenue"]
    mrr = next(each for each in view["measures"] if each["name"] == "mrr")
    total = f"select {mrr['type']}({mrr['sql'].replace('${TABLE}.', '')}) from "
    month = "select sum(ending_mrr) from analytics.streaming.monthly_recurring_revenue where "
    is_over = {"monthly_recurring_revenue.is_month_over": "{}"}
    until = {"monthly_recurring_revenue.month_starts_on_year": "{} < '2026-01-01'"}
    for filters, closing in (
        ({}, "month_starts_on = '2026-11-01'"),
        (is_over, "month_starts_on = '2026-10-01'"),
        (until, "month_starts_on = '2025-12-01'"),
    ):
        asked = total + bi_formulas.looker_rows(view, set(), filters)
        assert built_workspace.query(asked)[1] == built_workspace.query(month + closing)[1]
        assert built_workspace.query(asked)[1] != [(None,)]


def test_tableau_computes_what_mf_answers(
    built_workspace: Workspace, answers_of_mf: bi_formulas.Answers
) -> None:
    sources = bi_formulas.committed_tableau()
    found = bi_formulas.ask(built_workspace.query, bi_formulas.tableau(sources))
    assert found.keys() == answers_of_mf.keys() - {"binge_share_of_hours"}
    assert_same(found, answers_of_mf)


def test_power_bi_computes_what_mf_answers(
    built_workspace: Workspace, answers_of_mf: bi_formulas.Answers, labels: dict[str, str]
) -> None:
    tables = bi_formulas.committed_power_bi()
    found = bi_formulas.ask(built_workspace.query, bi_formulas.power_bi(tables))
    found |= bi_formulas.power_bi_ratios(tables, found)
    named = {labels[label]: values for label, values in found.items()}
    assert named.keys() == answers_of_mf.keys()
    assert_same(named, answers_of_mf)


def test_osi_computes_what_mf_answers(
    built_workspace: Workspace, answers_of_mf: bi_formulas.Answers
) -> None:
    expressions = bi_artefacts.osi_expressions()
    asked = bi_formulas.osi(expressions, bi_formulas.committed_data_sets())
    found = bi_formulas.ask(built_workspace.query, asked)
    unsaid = {"mrr", "paying_customers", "average_revenue_per_customer", "binge_share_of_hours"}
    assert found.keys() == answers_of_mf.keys() - unsaid
    assert_same(found, answers_of_mf)


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
