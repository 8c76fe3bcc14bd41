#!/usr/bin/env python3
"""A mapper that turns each record's value into capitals."""

import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "RECORD":
        message["record"]["value"] = message["record"]["value"].upper()
    print(json.dumps(message), flush=True)
