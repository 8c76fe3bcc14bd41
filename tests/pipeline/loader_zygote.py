"""The loader's program, imported once and forked for each run: importing takes two seconds.

Run by the interpreter of the loader's own environment. Reads a run per line of standard input, as
JSON: the files for its configuration, input, output and log. Answers each with the exit code.
"""

from __future__ import annotations

import json
import os
import sys

from target_snowflake.target import TargetSnowflake


def run(config: str, given: str, output: str, log: str) -> int:
    """Run the loader in a process of its own, and return its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.dup2(os.open(given, os.O_RDONLY), 0)
    for standard, path in ((1, output), (2, log)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), standard)
    sys.argv = ["target-snowflake", "--config", config]
    sys.exit(TargetSnowflake.cli())


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)
