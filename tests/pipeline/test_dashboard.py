"""The dashboard in a real browser, over the marts that the pipeline has just built.

Pictures are left in ``output/dashboard``. ``UPDATE_IMAGES=1`` writes those of the README anew.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from browser import Reader, browser, served
from PIL import Image
from workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from workspace import Workspace

pytestmark = pytest.mark.pipeline

PICTURES = ROOT / "output" / "dashboard"
IMAGES = ROOT / "docs" / "images"
PAGES = {
    "Overview": "Overview",
    "Titles": "Titles",
    "One title": "One title",
    "Audience": "Audience",
    "Business": "Business",
    "Catalogue and gap": "Catalogue and content gap",
    "Trending now": "Trending now",
    "Data health": "Data health",
}
"""Names in the navigation, and the headings of the pages."""

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LAST_DAY = "(select max(active_on) from analytics.streaming.daily_active_users)"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(built_workspace: Workspace) -> Iterator[str]:
    with served(built_workspace) as url:
        yield url


@pytest.fixture(scope="module")
def reader(chromium: Browser, address: str) -> Reader:
    """Somebody half a world away: days are UTC days, wherever the reader is."""
    return Reader(chromium, address, viewport=DESKTOP, timezone_id="America/Los_Angeles")


def only(workspace: Workspace, sql: str) -> tuple:
    _, [row] = workspace.query(sql)
    return row


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_to_its_end(reader: Reader, name: str) -> None:
    reader.open(name, PAGES[name])
    reader.photograph(PICTURES / f"{name.lower().replace(' ', '-')}-light.png")
    assert not reader.page.locator(
        "[data-testid=stException], [data-testid=stAlertContentError]"
    ).count()
    assert reader.page.locator("[data-testid=stVegaLiteChart]").count() >= 2
    assert reader.violations() == []
    assert reader.complaints == []
    assert reader.hosts == {"127.0.0.1"}


def test_active_users_are_different_people_and_not_a_sum(
    reader: Reader, built_workspace: Workspace
) -> None:
    reader.open("Overview", "Overview")
    dau, wau, mau, added = only(
        built_workspace,
        f"""
        select
            count(distinct case when started_on = {LAST_DAY} then user_id end),
            count(distinct case when started_on > dateadd(day, -7, {LAST_DAY}) then user_id end),
            count(distinct user_id),
            (
                select sum(dau) from analytics.streaming.daily_active_users
                where active_on > dateadd(day, -28, {LAST_DAY})
            )
        from analytics.streaming.fct_plays
        where started_on > dateadd(day, -28, {LAST_DAY}) and started_on <= {LAST_DAY}
        """,
    )
    shown = reader.metrics()
    assert shown["DAU, 1 day"] == f"{dau:,}"
    assert shown["WAU, 7 days"] == f"{wau:,}"
    assert shown["MAU, 28 days"] == f"{mau:,}"
    assert added > mau


def test_the_overview_shows_what_the_facts_add_up_to(
    reader: Reader, built_workspace: Workspace
) -> None:
    reader.open("Overview", "Overview")
    hours, plays, complete = only(
        built_workspace,
        f"""
        select
            sum(sessions.watched_seconds) / 3600, count(plays.play_id),
            sum(case when plays.is_complete then 1 else 0 end)
        from analytics.streaming.fct_viewing_sessions as sessions
        left join analytics.streaming.fct_plays as plays on sessions.session_id = plays.play_id
        where sessions.started_on > dateadd(day, -28, {LAST_DAY})
            and sessions.started_on <= {LAST_DAY}
        """,
    )
    (mrr,) = only(
        built_workspace,
        "select sum(ending_mrr) from analytics.streaming.monthly_recurring_revenue "
        "where month_starts_on = "
        "(select max(month_starts_on) from analytics.streaming.monthly_recurring_revenue)",
    )
    shown = reader.metrics()
    assert shown["Hours viewed"] == f"{hours:,.0f}"
    assert shown["Plays"] == f"{plays:,}"
    assert shown["Completion"] == f"{complete / plays:.1%}"
    assert shown["MRR, USD"] == f"{mrr:,.0f}"


def test_a_session_over_midnight_counts_on_the_day_it_started(
    reader: Reader, built_workspace: Workspace
) -> None:
    started_on, hours = only(
        built_workspace,
        f"""
        select started_on, sum(watched_seconds) / 3600
        from analytics.streaming.fct_viewing_sessions
        where started_on in (
            select max(started_on) from analytics.streaming.fct_viewing_sessions
            where ended_at::date > started_on and started_on <= {LAST_DAY}
        )
        group by started_on
        """,
    )
    reader.open("Overview", "Overview")
    day = f"{started_on:%a} {started_on.day} {started_on:%b %Y}"
    (mark,) = [text for text in reader.marks("Hours viewed by day") if day in text]
    assert f"Hours: {hours:,.0f}" in mark
    reader.page.get_by_role("button", name="Definition").nth(3).click()
    said = reader.page.locator("[data-testid=stPopoverBody]")
    said.get_by_text("also when it goes on over midnight").wait_for()
    reader.page.keyboard.press("Escape")


def test_the_definition_of_a_number_is_one_click_away(reader: Reader) -> None:
    reader.open("Overview", "Overview")
    reader.page.get_by_role("button", name="Definition").first.click()
    said = reader.page.locator("[data-testid=stPopoverBody]")
    said.get_by_text("Days are not added up.").first.wait_for()
    said.get_by_text("play_minimum_seconds = 30").first.wait_for()
    # Code is coloured after it is shown.
    said.get_by_text("analytics.streaming.daily_active_users").first.wait_for()
    reader.page.keyboard.press("Escape")


def test_titles_are_filtered(reader: Reader, built_workspace: Workspace) -> None:
    reader.open("Titles", "Titles")
    reader.press("Films", "Titles")
    reader.choose("Genre", "Comedy", "Titles")
    _, rows = built_workspace.query(
        f"""
        select titles.title_name, round(sum(sessions.watched_seconds) / 3600, 6) as hours
        from analytics.streaming.fct_viewing_sessions as sessions
        inner join analytics.streaming.dim_titles as titles on sessions.title_key = titles.title_key
        inner join analytics.streaming.bridge_title_genres as genres
            on sessions.title_key = genres.title_key and genres.genre_key = 'comedy'
        where titles.title_type = 'film'
            and sessions.started_on > dateadd(day, -28, {LAST_DAY})
            and sessions.started_on <= {LAST_DAY}
        group by titles.title_key, titles.title_name order by hours desc, titles.title_key limit 5
        """
    )
    assert reader.cells(1, 5) == [name for name, _ in rows]
    assert [float(cell) for cell in reader.cells(2, 5)] == pytest.approx(
        [float(hours) for _, hours in rows], abs=1e-4
    )


def test_revenue_is_filtered_by_country(reader: Reader, built_workspace: Workspace) -> None:
    reader.open("Business", "Business")
    reader.choose("Country of the account", "DE", "Business")
    mrr, customers = only(
        built_workspace,
        "select ending_mrr, ending_customer_count "
        "from analytics.streaming.monthly_recurring_revenue "
        "where country = 'DE' order by month_starts_on desc limit 1",
    )
    shown = reader.metrics()
    assert shown["MRR, USD"] == f"{mrr:,.0f}"
    assert shown["Paying customers"] == f"{customers:,}"


def test_a_title_has_an_address(
    chromium: Browser, address: str, built_workspace: Workspace
) -> None:
    key, name, plays, hours = only(
        built_workspace,
        """
        select funnel.title_key, funnel.title_name, funnel.play_count, sum(watched_seconds) / 3600
        from analytics.streaming.title_completion_funnel as funnel
        inner join analytics.streaming.daily_title_engagement as engagement
            on funnel.title_key = engagement.title_key
        group by all order by funnel.play_count desc, funnel.title_key limit 1 offset 7
        """,
    )
    reader = Reader(chromium, address, viewport=DESKTOP)
    reader.page.goto(f"{address}/title?title={key}")
    reader.settle("One title")
    assert reader.heading(name).count() == 1
    shown = reader.metrics()
    assert shown["Plays"] == f"{plays:,}"
    assert shown["Hours viewed"] == f"{hours:,.0f}"
    reader.context.close()


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("dark", {"viewport": DESKTOP, "color_scheme": "dark"}),
        ("phone", {"viewport": PHONE, "has_touch": True, "is_mobile": True}),
    ],
)
def test_in_the_dark_and_on_a_phone(
    chromium: Browser, address: str, mode: str, options: dict
) -> None:
    reader = Reader(chromium, address, **options)
    background = reader.page.locator("[data-testid=stApp]").evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    lightness = sum(map(int, re.findall(r"\d+", background)[:3]))
    assert (lightness < 200) == (mode == "dark")
    for name in ("Audience", "Catalogue and gap"):
        reader.open(name, PAGES[name])
        reader.photograph(PICTURES / f"{name.lower().replace(' ', '-')}-{mode}.png")
        assert reader.overflow() == 0
        assert reader.violations() == []
    assert reader.complaints == []
    reader.context.close()


@pytest.mark.skipif(not os.environ.get("UPDATE_IMAGES"), reason="UPDATE_IMAGES=1 is not set")
def test_the_pictures_of_the_readme(reader: Reader) -> None:
    for name in ("Overview", "Catalogue and gap"):
        target = IMAGES / f"dashboard-{name.lower().replace(' ', '-')}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        reader.open(name, PAGES[name])
        reader.page.set_viewport_size({"width": 1280, "height": 1190})
        reader.page.wait_for_timeout(500)
        reader.page.screenshot(path=target)
        Image.open(target).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(
            target, optimize=True
        )
