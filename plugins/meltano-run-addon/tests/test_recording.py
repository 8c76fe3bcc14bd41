from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from meltano_run_addon.records import MOST_FILES, RunRecord, close_killed

PLUGINS = Path(__file__).parent / "project"
DECLARED = f"""
  - name: keep
    namespace: keep
    executable: {PLUGINS}/records.py
    annotations: {{run_records: {{load: load, tell: tell}}}}
    commands: {{load: load .meltano/run-records/local, tell: tell .meltano/run-records/local}}
"""
SAY = "    commands: {hello: hello}\n"


@pytest.fixture
def recorded(project):
    project.amend(SAY, SAY + DECLARED)
    return project


def one(folder: Path) -> dict:
    (path,) = folder.glob("*.json")
    return json.loads(path.read_text())


def test_a_run_that_succeeds_loads_its_own_record_as_its_last_step(recorded) -> None:
    done = recorded.meltano("run", "tap-a", "tap-b", "target-lines", "say:hello", "keep:load")
    assert done.returncode == 0, done.stdout
    record = one(recorded.folder / "load")
    assert record["status"] == "succeeded"
    assert record["command"] == "tap-a tap-b target-lines say:hello keep:load"
    assert record["environment"] == "local"
    assert [step["step"] for step in record["steps"]] == [
        "tap-a target-lines", "tap-b target-lines", "say:hello"
    ]  # fmt: skip
    assert {step["status"] for step in record["steps"]} == {"succeeded"}
    assert record["started_at"] < record["steps"][0]["started_at"] < record["ended_at"]
    assert [(stream["step_number"], stream["stream"]) for stream in record["streams"]] == [
        (1, "a"), (2, "b")
    ]  # fmt: skip
    message = {"type": "RECORD", "stream": "a", "record": {"value": "a"}}
    assert record["streams"][0]["bytes_loaded"] == len(json.dumps(message)) + 1
    assert record["streams"][0]["rows_loaded"] is None, "this loader tells no numbers"
    assert not list((recorded.folder / ".meltano" / "run-records" / "local").iterdir())
    assert f"run ID '{record['run_id']}'" in done.stdout


def test_the_record_of_a_run_without_the_step_waits_for_one_with_it(recorded) -> None:
    assert recorded.meltano("run", "--full-refresh", "tap-a", "target-lines").returncode == 0
    waiting = one(recorded.folder / ".meltano" / "run-records" / "local")
    assert (waiting["status"], waiting["is_full_refresh"]) == ("succeeded", True)
    assert recorded.meltano("run", "keep:load", "say:hello").returncode == 0
    loaded = {path.stem for path in (recorded.folder / "load").iterdir()}
    assert waiting["run_id"] in loaded
    assert len(loaded) == 2
    # It went on after it had loaded its own record, so it is there once more, with that step.
    again = one(recorded.folder / ".meltano" / "run-records" / "local")
    assert again["run_id"] in loaded
    assert [step["step"] for step in again["steps"]] == ["say:hello"]


def test_a_run_that_fails_loads_its_record_and_keeps_its_exit_code(recorded) -> None:
    recorded.amend("executable: echo\n", "executable: cat\n")
    recorded.amend("{hello: hello}", "{hello: /nowhere/hello}")
    done = recorded.meltano("run", "say:hello", "tap-a", "target-lines", "keep:load")
    assert done.returncode == 1
    record = one(recorded.folder / "load")
    assert (record["status"], record["failed_step"]) == ("failed", "say:hello")
    assert record["error"] == "`say hello` failed with exit code: 1"
    assert any("/nowhere/hello" in line for line in record["last_lines"])
    assert len(record["steps"]) == 1
    assert recorded.loaded() == []


def test_a_record_that_cannot_be_loaded_changes_nothing_and_waits(recorded) -> None:
    refused = {"RECORDS_REFUSED": "1"}
    done = recorded.meltano("run", "nonsense", **refused)
    assert done.returncode == 1
    assert "Cannot write down or load the record" in done.stdout
    assert "Traceback" not in done.stdout
    record = one(recorded.folder / ".meltano" / "run-records" / "local")
    assert (record["status"], record["failed_step"]) == ("failed", None)
    assert "nonsense" in record["error"]
    # As a step of the run it fails it, as any step does.
    done = recorded.meltano("run", "say:hello", "keep:load", **refused)
    assert done.returncode == 1
    failed = {
        json.loads(path.read_text())["failed_step"]
        for path in (recorded.folder / ".meltano" / "run-records" / "local").glob("*.json")
    }
    assert failed == {None, "keep:load"}


def test_where_nothing_loads_records_none_are_written(project) -> None:
    assert project.meltano("run", "tap-a", "target-lines").returncode == 0
    assert not (project.folder / ".meltano" / "run-records" / "local").exists()


def test_a_dry_run_leaves_none(recorded) -> None:
    assert recorded.meltano("run", "--dry-run", "tap-a", "target-lines").returncode == 0
    assert not (recorded.folder / ".meltano" / "run-records" / "local").exists()


def test_a_run_that_is_told_to_stop_stops_its_command_and_says_so(recorded) -> None:
    recorded.amend("executable: echo\n", "executable: sleep\n")
    recorded.amend("{hello: hello}", "{hello: '60'}")
    with recorded.start("run", "say:hello") as process:
        wait_for_step(recorded.folder / ".meltano" / "run-records" / "local")
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
    assert process.returncode == 143, said
    record = one(recorded.folder / "load")
    assert (record["status"], record["failed_step"]) == ("terminated", "say:hello")
    assert record["error"] == "the run was told to stop"


def wait_for_step(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not any('"steps":[{' in path.read_text() for path in folder.glob("*.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)  # its process has started then


def test_a_killed_run_is_closed_by_the_next_one_and_a_living_one_is_not(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        record = RunRecord.begin(tmp_path, "dead", "elt", "prod", is_full_refresh=False)
        record.content["steps"].append({"step": "tap target", "status": "running"})
        record.write()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    living = RunRecord.begin(tmp_path, "living", "elt", "prod", is_full_refresh=False)
    (closed,) = close_killed(tmp_path)
    found = json.loads((tmp_path / "dead.json").read_text())
    assert found == closed.content
    assert (found["status"], found["failed_step"]) == ("killed", "tap target")
    assert found["started_at"] <= found["ended_at"]
    assert living.status == "running"
    assert json.loads((tmp_path / "living.json").read_text())["status"] == "running"
    assert not close_killed(tmp_path)
    living.release()
    assert not list(tmp_path.glob("*.running"))


def test_records_that_nobody_loads_do_not_fill_the_disk(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 3):
        path = tmp_path / f"{number}.json"
        path.write_text("{}")
        os.utime(path, (number, number))
    close_killed(tmp_path)
    assert len(list(tmp_path.iterdir())) == MOST_FILES
    assert not (tmp_path / "2.json").exists()


def test_an_environment_chooses_the_format_of_the_log(project) -> None:
    project.amend("- name: bare\n", "- name: bare\n  annotations: {logs: {format: json}}\n")
    lines = project.meltano("--environment=bare", "run", "say:hello").stdout.splitlines()
    assert "is active" in lines[1]
    events = [json.loads(line) for line in lines[2:]]
    assert "hello" in [event["event"].strip() for event in events]
    assert all(event["run_id"] for event in events[1:])
    plain = project.meltano("run", "say:hello").stdout
    assert '"event"' not in plain
    asked = project.meltano("--log-format=plain", "--environment=bare", "run", "say:hello").stdout
    assert '"event"' not in asked
