"""Meltano's command line, imported once and forked for each command: importing takes two seconds.

Reads a command per line of standard input, as JSON: arguments, folder, environment and the file for
its output. Answers each with the exit code.
"""

from __future__ import annotations

import json
import os
import sys

from meltano.cli import main


def run(arguments: list[str], folder: str, variables: dict[str, str], output: str) -> int:
    """Run a command in a process of its own, and return its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for standard in (1, 2):
        os.dup2(file, standard)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = ["meltano", *arguments]
    sys.exit(main())


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(**json.loads(line)), flush=True)
