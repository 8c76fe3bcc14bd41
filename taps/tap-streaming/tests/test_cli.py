"""The command: what it says of itself, and how a user's mistake ends."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tap_streaming import __main__ as command
from tap_streaming.tap import STREAM_TYPES, TapStreaming

if TYPE_CHECKING:
    from pathlib import Path

    from tap_fakes import FakeApi, FakeTvmaze


@pytest.fixture(autouse=True)
def hushed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Undo what the SDK's command does to the process."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("tap_streaming.session.FIRST_CONTACT_TRIES", 1)
    monkeypatch.setattr("tap_streaming.rate_limit.time.sleep", lambda _: None)
    handlers = list(logging.getLogger().handlers)
    yield
    logging.captureWarnings(capture=False)
    logging.getLogger().handlers[:] = handlers


class Tried:
    """A run of the command."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
        self._folder = tmp_path
        self._monkeypatch = monkeypatch
        self._caplog = caplog

    def file(self, name: str, content: Any) -> str:
        path = self._folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def __call__(self, *arguments: str) -> tuple[int, list[str]]:
        """Run and return the exit status and what was logged as an error."""
        self._caplog.clear()
        self._monkeypatch.setattr(sys, "argv", ["tap-streaming", *arguments])
        with pytest.raises(SystemExit) as ended:
            command.main()
        errors = [r for r in self._caplog.records if r.levelno >= logging.ERROR]
        assert not any(record.exc_info for record in errors)
        return int(ended.value.code or 0), [record.getMessage() for record in errors]


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> Tried:
    return Tried(tmp_path, monkeypatch, caplog)


def one_line(result: tuple[int, list[str]]) -> str:
    status, errors = result
    assert status == 1
    (line,) = errors
    assert "\n" not in line
    return line


def test_discovery_needs_no_settings(tried: Tried, capsys: pytest.CaptureFixture[str]) -> None:
    assert tried("--discover") == (0, [])
    streams = json.loads(capsys.readouterr().out)["streams"]
    assert {stream["stream"] for stream in streams} == {stream.name for stream in STREAM_TYPES}


@pytest.mark.parametrize("arguments", [["--version"], ["--about"], ["--about", "--format=json"]])
def test_it_tells_about_itself(
    tried: Tried, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert tried(*arguments) == (0, [])
    assert "tap-streaming" in capsys.readouterr().out


def test_a_missing_token_is_one_line(tried: Tried, api: FakeApi) -> None:
    line = one_line(tried("--config", tried.file("c", {"tmdb_language": "de"})))
    assert "tmdb_access_token (environment variable TAP_STREAMING_TMDB_ACCESS_TOKEN)" in line
    assert "https://www.themoviedb.org/settings/api" in line
    assert api.asked == []


def test_a_wrong_token_is_one_line(tried: Tried, api: FakeApi) -> None:
    api.faults = [(401, {"success": False, "status_code": 7}, {})]
    config = tried.file("c", {"tmdb_access_token": "hidden-one"})
    for arguments in ((), ("--test",)):
        api.faults = [(401, {"success": False, "status_code": 7}, {})]
        line = one_line(tried("--config", config, *arguments))
        assert "refused the key" in line
        assert "hidden-one" not in line


def test_an_unreachable_host_is_one_line(tried: Tried, api: FakeApi) -> None:
    api.faults = [requests.ConnectionError("no")]
    config = {"tmdb_access_token": "x", "tmdb_api_url": "http://nowhere.test/3"}
    line = one_line(tried("--config", tried.file("c", config)))
    assert "http://nowhere.test/3" in line
    assert "tmdb_api_url" in line


def test_tvmaze_works_without_a_token(tried: Tried, tvmaze: FakeTvmaze) -> None:
    tvmaze.shows[1] = tvmaze.now
    catalog = json.loads(TapStreaming(config={}).catalog_json_text)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["stream"] == "tvmaze_shows"
    arguments = ("--config", tried.file("c", {}), "--catalog", tried.file("k", catalog))
    assert tried(*arguments) == (0, [])
    assert tvmaze.counts()["/shows"] == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("--config", "no json", "not JSON"),
        ("--catalog", "no json", "not JSON"),
        ("--state", "no json", "not JSON"),
        ("--catalog", [], "no Singer catalog"),
        ("--catalog", {"streams": [{"schema": 1}]}, "no Singer catalog"),
        ("--state", [1], "no Singer state"),
        ("--state", {"bookmarks": {"tmdb_tv": None}}, "no Singer state"),
    ],
)
def test_a_bad_file_is_one_line(
    tried: Tried, api: FakeApi, name: str, content: Any, said: str
) -> None:
    arguments = {"--config": tried.file("c", {"tmdb_access_token": "x"})}
    arguments[name] = tried.file("bad", content)
    line = one_line(tried(*(part for pair in arguments.items() for part in pair)))
    assert said in line
    assert api.asked == []


def test_a_file_that_is_not_there_is_one_line(tried: Tried) -> None:
    assert "/no/such" in one_line(tried("--config", "/no/such"))


def test_an_unknown_stream_is_one_line(tried: Tried) -> None:
    stream = {
        "tap_stream_id": "tmdb_people",
        "schema": {"type": "object", "properties": {}},
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    catalog = tried.file("k", {"streams": [stream]})
    line = one_line(tried("--config", tried.file("c", {}), "--catalog", catalog))
    assert "unknown streams: tmdb_people; the tap has " in line
    assert "tmdb_genres, " in line


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("tmdb_api_url", "themoviedb.org"),
        ("tmdb_requests_per_second", 0),
        ("tmdb_min_vote_count", -1),
        ("tmdb_min_vote_count", "many"),
        ("tmdb_watch_countries", "US"),
        ("tmdb_watch_countries", ["USA"]),
        ("request_max_tries", 0),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(tried: Tried, setting: str, value: Any) -> None:
    status, errors = tried("--config", tried.file("c", {setting: value}))
    assert status == 1
    assert setting in errors[0]
    assert errors[1:] == ["Config validation failed"]


def test_null_means_the_default() -> None:
    tap = TapStreaming(config={"tmdb_min_vote_count": None, "tmdb_access_token": None})
    assert tap.config["tmdb_min_vote_count"] == 50


def test_a_secret_is_not_repeated(tried: Tried, caplog: pytest.LogCaptureFixture) -> None:
    status, _ = tried("--config", tried.file("c", {"tmdb_access_token": 778899}))
    assert status == 1
    assert "tmdb_access_token must be text" in caplog.text
    assert "778899" not in caplog.text


def test_environment_variables_are_read(
    tried: Tried, monkeypatch: pytest.MonkeyPatch, api: FakeApi
) -> None:
    monkeypatch.setenv("TAP_STREAMING_TMDB_REQUESTS_PER_SECOND", "2.5")
    monkeypatch.setenv("TAP_STREAMING_TMDB_MIN_VOTE_COUNT", "7")
    monkeypatch.setenv("TAP_STREAMING_TMDB_WATCH_COUNTRIES", '["DE", "FR"]')
    tap = TapStreaming(parse_env_config=True)
    assert tap.config["tmdb_requests_per_second"] == 2.5
    assert tap.config["tmdb_min_vote_count"] == 7
    assert tap.config["tmdb_watch_countries"] == ["DE", "FR"]
    monkeypatch.setenv("TAP_STREAMING_TMDB_MIN_VOTE_COUNT", "many")
    line = one_line(tried("--config", "ENV"))
    assert (
        line == "the environment variable TAP_STREAMING_TMDB_MIN_VOTE_COUNT must be a whole number"
    )
    # Threads of a test before may still ask other platforms.
    assert not [path for path, _ in api.asked if path.startswith("/3/")]
