#!/usr/bin/env python3
"""Loads records: moves those of runs that have ended into a folder; fails when it is told to."""

import json
import os
import sys
from pathlib import Path

command, folder = sys.argv[1:3]
if "RECORDS_REFUSED" in os.environ:
    sys.exit(7)
for path in Path(folder).glob("*.json"):
    if json.loads(path.read_text())["status"] != "running":
        target = Path(command)
        target.mkdir(exist_ok=True)
        path.rename(target / path.name)
