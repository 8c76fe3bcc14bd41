"""The command ``preflight``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from preflight.plugins import NoProjectError, ask_meltano
from preflight.postgres import check_postgres
from preflight.report import Report
from preflight.services import check_dbt_cloud, check_platforms
from preflight.snowflake import check_snowflake
from preflight.state import check_state, password_of

if TYPE_CHECKING:
    from preflight.plugins import Pipeline, Plugin

SHORTEST_SECRET = 8
"""A shorter one would take the words out of every line."""


def check(pipeline: Pipeline, report: Report) -> None:
    """Make every check, the cheap ones first.

    Args:
        pipeline: The project's plugins.
        report: Told what is found.
    """
    for plugin in pipeline.plugins:
        if plugin.namespace != "preflight":
            _check_settings(plugin, report)
    check_state(pipeline.state, report)
    for plugin in pipeline.of("tap_postgres"):
        check_postgres(plugin, report)
    for plugin in pipeline.of("tap_streaming"):
        check_platforms(plugin, report)
    for plugin in pipeline.of("dbt_cloud"):
        check_dbt_cloud(plugin, report)
    # Last: from here on this process has the proxy of the plugins that go to Snowflake.
    check_snowflake(pipeline, report)


def _check_settings(plugin: Plugin, report: Report) -> None:
    if not plugin.is_set and not plugin.is_needed:
        report.skip(plugin.name, "not set up, and in no job")
    elif plugin.problems:
        for problem in plugin.problems:
            what = problem.removeprefix(f"{plugin.name}: ")
            report.fail(plugin.name, what, "your secret store, .env or orchestrate/environments")
    else:
        report.ok(plugin.name, "settings, files and addresses")


def _secrets(pipeline: Pipeline) -> frozenset[str]:
    """Values that no line may hold, whatever an error message quotes."""
    names = ("password", "token", "api_key", "private_key", "passphrase", "salt", "webhook_url")
    values = [
        str(value or "")
        for plugin in pipeline.plugins
        for name, value in plugin.config.items()
        if name.endswith(names)
    ]
    values.append(password_of(pipeline.state))
    return frozenset(value for value in values if len(value) >= SHORTEST_SECRET)


def main() -> None:
    """Run every check; end with 1 if a run would fail."""
    try:
        pipeline = ask_meltano()
    except NoProjectError as error:
        sys.exit(f"preflight: {error}")
    report = Report(lambda line: print(line, flush=True), _secrets(pipeline))  # noqa: T201
    check(pipeline, report)
    print(f"environment {pipeline.environment}: {report.summary()}")  # noqa: T201
    if report.has_failed and pipeline.advice:
        print(pipeline.advice)  # noqa: T201
    sys.exit(report.has_failed)


if __name__ == "__main__":
    main()
