"""Writes the crontab and the systemd timers in orchestrate/ from the schedules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meltano_schedules import Schedule

CRONTAB = Path("orchestrate/cron/crontab")
TIMERS = Path("orchestrate/systemd")
CRONTAB_HEAD = """\
# The schedules, for cron: `crontab orchestrate/cron/crontab`, once PROJECT and LOGS are right.
# Written from orchestrate/jobs.meltano.yml; docs/scheduling.md says what overlaps and failures do.
# cronie reads CRON_TZ; Debian's cron takes the machine's time zone, which then has to be UTC.
CRON_TZ=UTC
MELTANO_ENVIRONMENT=prod
NO_COLOR=1
PROJECT=/srv/streaming-data-pipeline
LOGS=/var/log/streaming-data-pipeline

"""
LINE = (
    '{cron} cd "$PROJECT" && flock --nonblock --conflict-exit-code=0 .meltano/{name}.lock'
    ' .venv/bin/meltano schedule run {name} >>"$LOGS/{name}.log" 2>&1'
    ' || echo "{name} failed: $LOGS/{name}.log"\n'
)
TIMER = """\
[Unit]
Description=When Meltano's schedule {name} runs

[Timer]
OnCalendar={calendar}
# Missed while the machine was off: once, at the next start.
Persistent=true

[Install]
WantedBy=timers.target
"""
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def examples(schedules: Iterable[Schedule]) -> dict[Path, str]:
    """Return the text of each file; schedules that run only by hand are in none."""
    timed = {one.name: one.cron for one in schedules if one.cron}
    lines = (LINE.format(cron=cron, name=name) for name, cron in timed.items())
    return {
        CRONTAB: CRONTAB_HEAD + "".join(lines),
        **{
            TIMERS / f"meltano-schedule@{name}.timer": TIMER.format(
                name=name, calendar=on_calendar(cron)
            )
            for name, cron in timed.items()
        },
    }


def commands(crontab: str) -> dict[str, str]:
    """Return the command of each line of a crontab, by the schedule that it runs."""
    lines = [line for line in crontab.splitlines() if re.match(r"[*\d]", line)]
    return {re.findall(r"schedule run (\S+)", line)[0]: line.split(maxsplit=5)[5] for line in lines}


def on_calendar(cron: str) -> str:
    """Return five fields of cron as a calendar event; systemd.time(7).

    Raises:
        ValueError: It has both a day of the month and a weekday, of which cron takes either and
            systemd would take both.
    """
    minute, hour, day, month, weekday = cron.split()
    if weekday != "*" and day != "*":
        message = f"'{cron}': write it as two schedules, one by day and one by weekday"
        raise ValueError(message)
    days = ""
    if weekday != "*":
        named = [DAYS[int(part)] if part.isdigit() else part for part in _parts(weekday)]
        days = "".join(named).replace("-", "..") + " "
    time = f"{_field(hour, 0)}:{_field(minute, 0)}:00"
    return f"{days}*-{_field(month, 1)}-{_field(day, 1)} {time} UTC"


def _parts(weekday: str) -> list[str]:
    return weekday.replace("-", " - ").replace(",", " , ").split()


def _field(text: str, first: int) -> str:
    return text.replace("*/", f"{first}/").replace("-", "..")
