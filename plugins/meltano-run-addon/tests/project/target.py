#!/usr/bin/env python3
"""A target that appends each record's value to a file and hands the state back."""

import json
import sys
from pathlib import Path

output = json.loads(Path(sys.argv[sys.argv.index("--config") + 1]).read_text())["output"]
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "RECORD":
        with Path(output).open("a") as file:
            file.write(message["record"]["value"] + "\n")
    elif message["type"] == "STATE":
        print(json.dumps(message["value"]), flush=True)
