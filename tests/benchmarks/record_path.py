"""What makes the record path faster, for taps that send rows one by one?

    .venv/bin/python tests/benchmarks/record_path.py

Needs a sandbox that is up, and ten minutes. `tap-streaming` reads all platforms, writing its
messages with the SDK's usual writer and with the one that uses msgspec. What it wrote, and
`viewing_sessions` as the stock tap-postgres writes it, is then loaded by target-snowflake with its
own settings, with this project's, and without the validation of records; each into empty tables, in
turn.

Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tables import BIN, ROOT, SCHEMA, variables

from sandbox.settings import Settings
from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Mapping

STOCK = {"batch_size_rows": 10_000, "validate_records": True}
OURS = {"batch_size_rows": 100_000, "validate_records": True}
VARIANTS = {
    "stock settings": STOCK,
    "this project's settings": OURS,
    "the same without validation": {**OURS, "validate_records": False},
}
MSGSPEC = (
    "from singer_sdk.contrib.msgspec import MsgSpecWriter; "
    "from tap_streaming.tap import TapStreaming; "
    "TapStreaming.message_writer_class = MsgSpecWriter; TapStreaming.cli()"
)


class Plugins:
    """The project's plugins, run by themselves."""

    def __init__(self, folder: Path) -> None:
        """Choose a folder for what they write."""
        self.folder = folder
        self.settings = Settings.from_environment()
        self.variables = variables(self.settings)

    def config(self, plugin: str, **changed: Any) -> Path:
        """Write the settings that Meltano would hand to a plugin, some of them changed."""
        done = subprocess.run(
            [BIN / "meltano", "--log-level=error", "invoke", "--dump=config", plugin],
            cwd=ROOT, env=self.variables, check=True, capture_output=True, text=True,
        )  # fmt: skip
        path = self.folder / f"{plugin}.json"
        path.write_text(json.dumps({**json.loads(done.stdout), **changed}))
        return path

    def program(self, kind: str, plugin: str, name: str) -> Path:
        """Return where Meltano has installed a program."""
        return ROOT / ".meltano" / kind / plugin / "venv" / "bin" / name

    def read(self, command: list[str | Path], into: str) -> Path:
        """Run a tap and keep what it writes."""
        path = self.folder / into
        with path.open("wb") as file:
            subprocess.run(
                command, env=self.variables, check=True, stdout=file, stderr=subprocess.DEVNULL
            )
        return path

    def load(self, messages: Path, config: Path) -> float:
        """Run the target on messages; return the seconds it took."""
        with messages.open("rb") as file:
            began = time.monotonic()
            subprocess.run(
                [
                    self.program("loaders", "target-snowflake", "target-snowflake"),
                    "--config", config,
                ],
                env={
                    **self.variables,
                    "HTTPS_PROXY": self.variables["TARGET_SNOWFLAKE_HTTPS_PROXY"],
                    "REQUESTS_CA_BUNDLE": self.variables["TARGET_SNOWFLAKE_CA_BUNDLE"],
                },
                check=True,
                stdin=file,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            return time.monotonic() - began

    def empty(self) -> None:
        """Drop what was loaded."""
        client.query(self.settings, f"drop schema if exists raw.{SCHEMA} cascade")

    def rows(self) -> int:
        """Count what was loaded."""
        _, tables = client.query(
            self.settings,
            "select table_name from raw.information_schema.tables "
            f"where table_schema = '{SCHEMA.upper()}'",
        )
        counts = [
            client.query(self.settings, f"select count(*) from raw.{SCHEMA}.{name}")[1][0][0]
            for (name,) in tables
        ]
        return sum(map(int, counts))

    def with_msgspec(self) -> Path:
        """Install tap-streaming once more, with msgspec; return the interpreter."""
        venv = self.folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run(
            [
                BIN / "uv", "pip", "install", "--quiet", "--compile-bytecode",
                "--python", venv / "bin" / "python",
                "-r", ROOT / "plugins" / "requirements" / "tap-streaming.txt",
                "-e", ROOT / "taps" / "tap-streaming", "msgspec",
            ],
            check=True,
        )  # fmt: skip
        return venv / "bin" / "python"


def records(messages: Path) -> int:
    """Count the rows in messages."""
    with messages.open("rb") as file:
        return sum(b'"RECORD"' in line[:40] for line in file)


def main() -> None:
    """Run it and print two tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plugins = Plugins(Path(folder))
        python = plugins.with_msgspec()
        config = plugins.config("tap-streaming")
        writers: dict[str, list[str | Path]] = {
            "the SDK's usual writer": [python, "-m", "tap_streaming", "--config", config],
            "the SDK's writer with msgspec": [python, "-c", MSGSPEC, "--config", config],
        }
        took: dict[str, list[float]] = defaultdict(list)
        for _ in range(given.rounds):
            for name, command in writers.items():
                began = time.monotonic()
                messages = plugins.read(command, "tap-streaming.jsonl")
                took[name].append(time.monotonic() - began)
        report("tap-streaming", records(messages), took)
        sent = {"tap-streaming": messages, "viewing_sessions": sessions(plugins)}
        for source, written in sent.items():
            took = defaultdict(list)
            arrived = set()
            for _ in range(given.rounds):
                for name, changed in VARIANTS.items():
                    config = plugins.config(
                        "target-snowflake", default_target_schema=SCHEMA, **changed
                    )
                    plugins.empty()
                    took[name].append(plugins.load(written, config))
                    arrived.add(plugins.rows())
            if len(arrived) != 1 or 0 in arrived:
                sys.exit(f"{source}: other numbers of rows arrived: {arrived}")
            report(f"target-snowflake, {source}", records(written), took)
        plugins.empty()


def sessions(plugins: Plugins) -> Path:
    """Let the stock path of tap-postgres write the viewing sessions."""
    tap = plugins.program("extractors", "tap-postgres", "tap-postgres-bulk")
    config = plugins.config("tap-postgres", bulk=False, stream_maps={})
    discovered = plugins.read([tap, "--config", config, "--discover"], "catalog.json")
    catalog = json.loads(discovered.read_text())
    for stream in catalog["streams"]:
        for item in stream["metadata"]:
            item["metadata"]["selected"] = stream["tap_stream_id"] == "app-viewing_sessions"
    discovered.write_text(json.dumps(catalog))
    return plugins.read(
        [tap, "--config", config, "--catalog", discovered], "viewing_sessions.jsonl"
    )


def report(title: str, rows: int, took: Mapping[str, list[float]]) -> None:
    """Print the medians, as a table for the documentation."""
    print(f"\n| {title}, {rows:,} rows | seconds | rows a second |\n|---|---|---|")
    for name, seconds in took.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median:.1f} | {rows / median:,.0f} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
