"""Every recorded answer of a real platform, through the code of the streams that read it.

The recordings are not part of the repository. Set STREAMING_RECORDINGS to another folder with a
MANIFEST.tsv of the same columns to replay that.
"""

from __future__ import annotations

import csv
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tap_fakes import make_tap

from tap_streaming.client import PlatformStream
from tap_streaming.errors import TapError
from tap_streaming.replay import AGAIN, GONE, LISTED, OVER, UNREAD, Reading, replay, report

if TYPE_CHECKING:
    from pathlib import Path

NO_RECORDING = {"sa_changes", "sa_offers", "sa_services", "sa_top"}
"""Streams of which nobody has recorded an answer."""


def streams() -> list[PlatformStream]:
    return [one for one in make_tap([]).streams.values() if isinstance(one, PlatformStream)]


def read(folder: Path) -> list[Reading]:
    return list(replay(folder, streams(), logging.getLogger("replay")))


@pytest.fixture(scope="module")
def readings(recordings: Path) -> list[Reading]:
    return read(recordings)


def test_recorded_bodies_give_valid_records(
    readings: list[Reading], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = list(report(readings))
    with capsys.disabled():
        print("", *lines[lines.index("") :], sep="\n")
    assert [problem for reading in readings for problem in reading.invalid] == []
    seen = {reading.stream for reading in readings if reading.records}
    assert seen >= {stream.name for stream in streams()} - NO_RECORDING


def test_recorded_values_fit_their_types(
    recordings: Path, caplog: pytest.LogCaptureFixture
) -> None:
    list(replay(recordings, streams(), logging.getLogger("replay")))
    assert [line for line in caplog.messages if "does not fit" in line] == []


def test_recorded_errors_end_as_they_should(recordings: Path, readings: list[Reading]) -> None:
    outcomes = {reading.file: reading.outcome for reading in readings}
    with (recordings / "MANIFEST.tsv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["http_status"] != "200"]
    seen = set()
    for row in rows:
        status, outcome = int(row["http_status"]), outcomes.get(row["local_path"])
        if outcome is None:
            continue
        seen.add(status)
        assert "\n" not in outcome
        if status == 404:
            assert outcome == GONE
        elif status == 429 or status >= 500:
            assert outcome.startswith(AGAIN)
        elif status == 402:
            assert outcome == OVER
        else:
            assert outcome.startswith("error: ends the run")
    assert {401, 404} <= seen


def test_recorded_lists_give_ids(readings: list[Reading]) -> None:
    listed = [one.records for one in readings if one.stream == LISTED and one.platform == "tmdb"]
    assert sum(listed) > 100


class TestFolders:
    """Folders of recordings as anybody may make them."""

    def folder(self, tmp_path: Path, *rows: tuple[str, str, str, bytes]) -> Path:
        lines = ["note\tplatform\tendpoint\thttp_status\tlocal_path"]
        for number, (platform, endpoint, status, body) in enumerate(rows):
            (tmp_path / f"{number}.json").write_bytes(body)
            lines.append(f'"x\t{platform}\t{endpoint}\t{status}\t{number}.json')
        (tmp_path / "MANIFEST.tsv").write_text("\n".join(lines) + "\n")
        return tmp_path

    def test_what_becomes_of_each_body(self, tmp_path: Path) -> None:
        folder = self.folder(
            tmp_path,
            ("tmdb", "/3/movie/5?language=de", "200", b'{"id": 5, "title": ""}'),
            ("tmdb", "/3/movie/5", "200", b'{"id": 5, "ti'),
            ("tmdb", "/3/movie/5", "200", b'{"title": "no id"}'),
            ("tmdb", "/3/movie/5 (a note)", "404", b"<html>"),
            ("tmdb", "/3/movie/5", "503", b""),
            ("tmdb", "/3/movie/5", "401", b"{}"),
            ("tmdb", "/3/company/5", "200", b'{"id": 5}'),
            ("elsewhere", "/3/movie/5", "200", b"{}"),
        )
        found = read(folder)
        assert [reading.file for reading in found] == [f"{number}.json" for number in range(7)]
        assert (found[0].stream, found[0].records, found[0].invalid) == ("tmdb_movies", 1, [])
        assert [one.outcome.partition(" (")[0] for one in found[1:]] == [
            AGAIN, AGAIN, GONE, AGAIN, "error: ends the run", UNREAD,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "endpoint",
        ["/3/movie/5", "/3/movie/5/", "/movie/5-a-film", "/3/movie/{movie_id}", "/3/movie/:id",
         "GET /3/movie/latest", "https://api.themoviedb.org/3/movie/5?language=de (a note)"],
    )  # fmt: skip
    def test_endpoints_as_people_write_them(self, tmp_path: Path, endpoint: str) -> None:
        folder = self.folder(tmp_path, ("tmdb", endpoint, "200", b'{"id": 5, "title": "A"}'))
        (found,) = read(folder)
        assert (found.stream, found.records, found.invalid) == ("tmdb_movies", 1, [])

    def test_an_invalid_record_fails_the_command(self, tmp_path: Path) -> None:
        folder = self.folder(
            tmp_path, ("tmdb", "/3/genre/movie/list", "200", b'{"genres": [{"name": "No id"}]}')
        )
        command = [sys.executable, "-m", "tap_streaming", "--replay", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "0.json: tmdb_genres: 1 records, 1 invalid" in done.stdout
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("name", ["", "platform\tendpoint\n"])
    def test_a_folder_without_a_manifest(self, tmp_path: Path, name: str) -> None:
        if name:
            (tmp_path / "MANIFEST.tsv").write_text(name)
        with pytest.raises(TapError, match=r"MANIFEST\.tsv"):
            read(tmp_path)

    def test_a_file_that_is_missing(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path, ("tmdb", "/3/movie/5", "200", b"{}"))
        (folder / "0.json").unlink()
        with pytest.raises(TapError, match=r"0\.json"):
            read(folder)
