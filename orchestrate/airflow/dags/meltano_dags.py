"""One DAG for each of Meltano's schedules, and one task for each step of its job.

Airflow decides when; Meltano does the work, in an environment of its own. docs/scheduling.md.
"""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, literal

from meltano_schedules import Schedule, executable, project_root, read

# A run that was killed leaves its state id taken for the five minutes after its last heartbeat
# (Meltano's HEARTBEAT_VALID_MINUTES), so that an earlier repetition would be refused.
RETRY_DELAY = timedelta(minutes=6)
RETRIES = 2
# Any time that has passed: without catch-up, nothing is run for the time before the latest tick.
START = datetime(2026, 1, 1, tzinfo=UTC)


def dag_of(schedule: Schedule) -> DAG:
    """Make the DAG of a schedule."""
    root = project_root()
    with DAG(
        dag_id=schedule.name,
        description=f"meltano schedule run {schedule.name}",
        schedule=schedule.cron,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        # A run loads what has changed since the last one, whatever date it is for.
        allowed_run_types=["scheduled", "manual"],
        tags=["meltano", f"job:{schedule.job}"],
        default_args={"retries": RETRIES, "retry_delay": RETRY_DELAY},
    ) as dag:
        tasks = {
            step.name: BashOperator(
                task_id=step.name,
                bash_command=shlex.join([executable(root), "run", *step.blocks]),
                cwd=str(root),
                env={
                    "NO_COLOR": "1",
                    **{name: literal(value) for name, value in schedule.env.items()},
                },
                append_env=True,
                skip_on_exit_code=None,
                do_xcom_push=False,
            )
            for step in schedule.steps
        }
        for step in schedule.steps:
            tasks[step.name].set_upstream([tasks[name] for name in step.after])
    return dag


for _schedule in read(project_root()):
    dag_of(_schedule)
