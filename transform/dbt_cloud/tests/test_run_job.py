"""The command, as a process of its own, against a stand-in for dbt Cloud's API."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from sandbox import dbt_cloud
from sandbox.dbt_cloud import ACCOUNT_ID, CANCELLED, ERROR, JOB_ID, QUEUED, RUNNING, TOKEN, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.dbt_cloud import DbtCloud

START, LOOK = r"POST .*/run/$", r"GET .*/runs/\d+/$"


@pytest.fixture
def account() -> Iterator[DbtCloud]:
    with dbt_cloud.serving() as served:
        yield served


def command(account: DbtCloud, **variables: str) -> tuple[list[str], dict[str, str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    return [sys.executable, "-m", "dbt_cloud_job", "run"], {
        **kept,
        "MELTANO_ENVIRONMENT": "prod",
        "DBT_CLOUD_URL": account.url,
        "DBT_CLOUD_ACCOUNT_ID": str(ACCOUNT_ID),
        "DBT_CLOUD_JOB_ID": str(JOB_ID),
        "DBT_CLOUD_TOKEN": TOKEN,
        "DBT_CLOUD_POLL_SECONDS": "0.02",
        **variables,
    }


def run(account: DbtCloud, **variables: str) -> tuple[int, str]:
    """Run the command; whatever it says, it is neither a stack trace nor the token."""
    words, environment = command(account, **variables)
    done = subprocess.run(
        words,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stdout
    assert (environment["DBT_CLOUD_TOKEN"] or TOKEN) not in done.stdout
    return done.returncode, done.stdout


def last_line(said: str) -> str:
    return said.splitlines()[-1]


def test_a_run_that_succeeds_is_shown_as_it_goes(account: DbtCloud) -> None:
    code, said = run(account)
    assert code == 0, said
    (started,) = account.runs
    assert re.fullmatch(r"Meltano, environment prod, order [0-9a-f]{32}", started.cause)
    page = f"{account.url}/deploy/{ACCOUNT_ID}/projects/1/runs/500"
    build = "step 3: Invoke dbt with `dbt build`"
    assert said.splitlines() == [
        f"job {JOB_ID} 'Production build': run 500, {page}",
        "run 500: queued",
        "run 500: starting",
        "run 500: running",
        "  step 1: Clone git repository: success",
        "  step 2: Create profile from connection: success",
        f"  {build}: running",
        "run 500: success",
        f"  {build}: success",
    ]


def test_a_run_that_fails_shows_the_log_of_its_step(account: DbtCloud) -> None:
    account.states = (QUEUED, RUNNING, ERROR)
    account.message = "dbt command failed"
    code, said = run(account)
    assert code == 1
    assert "    Database Error in model dim_titles" in said
    assert re.search(
        r"run 500 failed in step 3, Invoke dbt .*: dbt command failed; http\S+/500$",
        last_line(said),
    )


def test_a_run_that_is_cancelled_fails(account: DbtCloud) -> None:
    account.states = (RUNNING, CANCELLED)
    code, said = run(account)
    assert code == 1
    assert re.search(r"run 500 was cancelled; http\S+/500$", last_line(said))


@pytest.mark.parametrize("cancel", ["true", "false"])
def test_a_run_that_hangs(account: DbtCloud, cancel: str) -> None:
    account.states = (RUNNING,)
    code, said = run(account, DBT_CLOUD_TIMEOUT_SECONDS="0.3", DBT_CLOUD_CANCEL_ON_TIMEOUT=cancel)
    assert code == 1
    assert "run 500 is still running after 0 s, its timeout_seconds" in last_line(said)
    assert account.runs[0].states == [CANCELLED if cancel == "true" else RUNNING]
    assert ("and was cancelled" if cancel == "true" else "goes on in dbt Cloud") in last_line(said)


def test_an_api_that_hangs_ends_with_the_timeout(account: DbtCloud) -> None:
    account.states = (RUNNING,)
    account.faults = [Fault("hang", LOOK, times=9, seconds=30)]
    before = time.monotonic()
    code, said = run(account, DBT_CLOUD_TIMEOUT_SECONDS="1")
    assert time.monotonic() - before < 10
    assert code == 1
    assert "no news of run 500 until 1 s had passed" in last_line(said)
    assert "did not answer within 1 s" in last_line(said)


def test_a_process_that_is_told_to_end_says_that_the_run_goes_on(account: DbtCloud) -> None:
    account.states = (RUNNING,)
    words, environment = command(account)
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "run 500" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
    assert process.returncode == 130
    assert "interrupted; run 500 goes on in dbt Cloud" in said


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"DBT_CLOUD_TOKEN": "not-the-token"}, r"refuses the token \(401\): see DBT_CLOUD_TOKEN"),
        ({"DBT_CLOUD_TOKEN": ""}, "set DBT_CLOUD_TOKEN"),
        ({"DBT_CLOUD_JOB_ID": "8"}, "knows no job 8 in account 1001 .* see DBT_CLOUD_JOB_ID"),
        ({"DBT_CLOUD_ACCOUNT_ID": "9"}, "knows no job 70007 in account 9 .* DBT_CLOUD_ACCOUNT_ID"),
        ({"DBT_CLOUD_URL": "http://cloud.getdbt.com"}, "DBT_CLOUD_URL has to be the access URL"),
        ({"DBT_CLOUD_POLL_SECONDS": "0"}, "--poll-seconds"),
    ],
)
def test_a_wrong_setting_is_named_and_starts_nothing(
    account: DbtCloud, variables: dict[str, str], expected: str
) -> None:
    code, said = run(account, **variables)
    assert code != 0
    assert re.search(expected, said.splitlines()[-1])
    assert account.runs == []


def test_an_address_that_is_no_api(account: DbtCloud) -> None:
    account.faults = [Fault("html", "GET")]
    code, said = run(account)
    assert code == 1
    assert re.search(r"not as dbt Cloud's API does: see DBT_CLOUD_URL$", last_line(said))


@pytest.mark.parametrize(
    "faults",
    [
        [
            Fault("status", "GET .*/jobs/", times=2, status=503),
            Fault("status", LOOK, status=500),
            Fault("status", LOOK, status=429, retry_after="0"),
            Fault("reset", LOOK, times=2),
            Fault("html", LOOK),
        ],
        [
            Fault("status", START, status=429, retry_after="0"),
            Fault("status", START, status=504),
            Fault("reset", START, times=2),
        ],
    ],
    ids=["reading", "starting"],
)
def test_what_passes_is_outlived_and_the_job_starts_once(
    account: DbtCloud, faults: list[Fault]
) -> None:
    expected = sum(fault.times for fault in faults)
    account.faults = faults
    code, said = run(account)
    assert code == 0, said
    assert said.count("asking again") == expected
    assert len(account.runs) == 1


def test_an_order_that_was_taken_without_an_answer_is_not_repeated(account: DbtCloud) -> None:
    account.faults = [Fault("reset_after", START)]
    code, said = run(account)
    assert code == 0
    assert "had taken the order all the same" in said
    assert len(re.findall(START, "\n".join(account.calls), flags=re.MULTILINE)) == 1


def test_an_order_whose_fate_stays_unknown(account: DbtCloud) -> None:
    account.faults = [Fault("reset_after", START), Fault("status", r"GET .*/runs/$", times=99)]
    code, said = run(account)
    assert code == 1
    assert "whether job 70007 has been started is not known" in last_line(said)
    assert len(account.runs) == 1


def test_an_order_that_is_refused_each_time_has_started_nothing(account: DbtCloud) -> None:
    account.faults = [Fault("status", START, times=99, status=429, retry_after="0")]
    code, said = run(account, DBT_CLOUD_POLL_SECONDS="0.01")
    assert code == 1
    assert re.search(r"answered 429, too many requests$", last_line(said))
    assert not re.search(r"GET .*/runs/", "\n".join(account.calls)), "nothing to look for"


def test_a_wait_that_dbt_cloud_asks_for_is_kept(account: DbtCloud) -> None:
    account.faults = [Fault("status", LOOK, status=429, retry_after="1")]
    before = time.monotonic()
    code, said = run(account)
    assert code == 0
    assert time.monotonic() - before > 1
    assert "answered 429, too many requests; asking again in 1 s" in said


def test_nobody_there() -> None:
    code, said = run(dbt_cloud.DbtCloud(url="http://127.0.0.1:9"), DBT_CLOUD_POLL_SECONDS="0.01")
    assert code == 1
    assert "no answer from 127.0.0.1:9 (connection refused)" in last_line(said)
