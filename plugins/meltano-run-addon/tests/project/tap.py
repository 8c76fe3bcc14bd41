#!/usr/bin/env python3
"""A tap with one stream of one row, or none when its state says that it was read."""

import json
import sys
from pathlib import Path


def option(name):
    if name not in sys.argv:
        return {}
    return json.loads(Path(sys.argv[sys.argv.index(name) + 1]).read_text())


stream = option("--config")["stream"]
schema = {"type": "object", "properties": {"value": {"type": "string"}}}
if "--discover" in sys.argv:
    entry = {"tap_stream_id": stream, "stream": stream, "schema": schema, "metadata": []}
    print(json.dumps({"streams": [entry]}))
else:
    print(json.dumps({"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": []}))
    if not option("--state"):
        print(json.dumps({"type": "RECORD", "stream": stream, "record": {"value": stream}}))
    print(json.dumps({"type": "STATE", "value": {"bookmarks": {stream: {"read": True}}}}))
