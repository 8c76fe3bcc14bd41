"""A real browser for the dashboard's tests: Debian's Chromium, kept from all hosts but this one."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from workspace import BIN

from sandbox.settings import HOST
from sandbox.testing import free_port_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page
    from workspace import Workspace

PATIENCE = 60_000
"""Milliseconds; two cores are shared with other tests."""

LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
ARGUMENTS = [
    "--no-sandbox",  # which root may not have
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    LOOPBACK_ONLY,
]
SETTLED = """heading => {
    const app = document.querySelector('[data-testid=stApp]');
    const title = document.querySelector('h1');
    const busy = '[data-testid=stSkeleton], [data-testid=stStatusWidget], [data-stale=true]';
    return app?.dataset.testScriptState === 'notRunning' && title?.innerText === heading
        && !document.querySelector(busy);
}"""


def executable() -> str:
    """Return Chromium's path; skips the test when there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip(
            "THE DASHBOARD WAS SEEN IN NO BROWSER: apt-get install chromium, or set CHROMIUM"
        )
    return found


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def served(workspace: Workspace) -> Iterator[str]:
    """Serve the dashboard of a working copy, by the command that `make dashboard` gives."""
    port = free_port_base()
    log = workspace.folder / "dashboard.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                BIN / "meltano", "--log-level=warning", "invoke", "dashboard:start",
                "--server.port", str(port), "--server.headless", "true",
            ],
            cwd=workspace.folder,
            env=workspace.variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        address = f"http://{HOST}:{port}"
        try:
            _wait(f"{address}/_stcore/health", process, log)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(PATIENCE // 200):
        with contextlib.suppress(OSError), opener.open(address) as answer:
            if answer.status == 200:
                return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the dashboard does not start: {log.read_text()[-3000:]}")


class Reader:
    """Somebody who looks at the dashboard, and whatever their browser complained about."""

    def __init__(self, browser: Browser, address: str, **options: Any) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.frames = 0
        """Messages of the server that came."""
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._count))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.goto(address)
        self.settle("Overview")

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _count(self, _: object) -> None:
        self.frames += 1

    def _note(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")):
            self.hosts.add(url.split("/")[2].partition(":")[0])

    def settle(self, heading: str) -> None:
        """Wait until a page is drawn to its end; before, there is only a skeleton of it."""
        self.page.wait_for_function(SETTLED, arg=heading)
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]"
            ".every(chart => chart.querySelector('svg.marks'))"
        )

    def open(self, name: str, heading: str) -> None:
        """Choose a page in the navigation, which covers the page on a phone."""
        opened = self.page.get_by_test_id("stExpandSidebarButton")
        is_phone = opened.is_visible()
        if is_phone:
            opened.click()
        self.page.get_by_role("link", name=name, exact=True).click()
        if is_phone:
            self.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
            opened.wait_for()
        self.settle(heading)

    def choose(self, label: str, value: str, heading: str) -> None:
        """Choose a value of a list."""
        self.page.get_by_role("combobox", name=label).click()
        self._change(self.page.get_by_role("option", name=value, exact=True), heading)

    def press(self, name: str, heading: str) -> None:
        """Choose one of a row of values."""
        self._change(self.page.get_by_role("radio", name=name), heading)

    def _change(self, control: Locator, heading: str) -> None:
        before = self.frames
        control.click()
        # Until the server says that it draws anew, the page looks settled as it was.
        for _ in range(PATIENCE // 100):
            self.page.wait_for_timeout(100)
            if self.frames > before:
                break
        self.settle(heading)
        self.page.wait_for_timeout(300)
        self.settle(heading)

    def metrics(self) -> dict[str, str]:
        """Return the single numbers of the page by their labels."""
        texts = self.page.locator("[data-testid=stMetric]").all_inner_texts()
        lines = [[line for line in text.splitlines() if line] for text in texts]
        return {label: value for label, value, *_ in lines}

    def cells(self, column: int, rows: int) -> list[str]:
        """Return the first cells of a column of the first table, as screen readers have them."""
        table = self.page.locator("[data-testid=stDataFrame]").first
        return [
            table.locator(f"[data-testid=glide-cell-{column}-{row}]").inner_text()
            for row in range(rows)
        ]

    def marks(self, figure: str) -> list[str]:
        """Return what screen readers are told of the marks of a chart, by the figure's title."""
        frame = self.page.locator("[data-testid=stVerticalBlock]", has=self.heading(figure)).last
        found = frame.locator("svg.marks [aria-roledescription]")
        return [label or "" for label in found.evaluate_all("e => e.map(x => x.ariaLabel)")]

    def heading(self, figure: str) -> Any:
        """Return the heading of a figure."""
        return self.page.get_by_role("heading", name=figure, exact=True)

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong with the page for people with disabilities."""
        found = Axe().run(self.page).response["violations"]
        return [f"{item['id']}: {item['nodes'][0]['html'][:200]}" for item in found]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(
            self.page.evaluate(
                "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def photograph(self, path: Path) -> None:
        """Write a picture of the whole page."""
        size = self.page.viewport_size or {"width": 1280, "height": 900}
        main = self.page.locator("[data-testid=stMain]")
        height = int(main.evaluate("e => e.scrollHeight"))
        self.page.set_viewport_size({"width": size["width"], "height": max(height, 600)})
        self.page.wait_for_timeout(400)  # charts are drawn anew for the size
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)
