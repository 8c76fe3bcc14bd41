#!/usr/bin/env python3
"""A tap with one stream of one row, or none when its state says that it was read.

It may be given a file whose content it writes behind that row. It keeps account of discoveries.
"""

import json
import os
import sys
from pathlib import Path


def option(name):
    if name not in sys.argv:
        return {}
    return json.loads(Path(sys.argv[sys.argv.index(name) + 1]).read_text())


config = option("--config")
stream = config["stream"]
schema = {"type": "object", "properties": {"value": {"type": "string"}}}
if "--fingerprint" in sys.argv:
    print(Path("fingerprint.txt").read_text())
elif "--discover" in sys.argv:
    if os.environ.get("NOTHING_TO_DISCOVER"):
        sys.exit("there is no such database")
    with Path("discovered.txt").open("a") as file:
        file.write(f"{stream}\n")
    entry = {"tap_stream_id": stream, "stream": stream, "schema": schema, "metadata": []}
    print(json.dumps({"streams": [entry]}))
else:
    print(
        json.dumps(
            {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["value"]}
        )
    )
    if not option("--state"):
        print(json.dumps({"type": "RECORD", "stream": stream, "record": {"value": stream}}))
    if "behind" in config:
        print(json.dumps({"type": "STATE", "value": {"bookmarks": {stream: {"read": False}}}}))
        sys.stdout.flush()
        sys.stdout.buffer.write(Path(config["behind"]).read_bytes())
    print(json.dumps({"type": "STATE", "value": {"bookmarks": {stream: {"read": True}}}}))
