"""Make every check: ``python -m checks``, as `make lint` does."""

from __future__ import annotations

import sys
from pathlib import Path

from checks import pins, secret_values, settings_page

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print what is wrong, a line each, and end with 1 if anything is."""
    found = [
        problem
        for check in (pins, settings_page, secret_values)
        for problem in check.problems(ROOT)
    ]
    for problem in found:
        print(problem, file=sys.stderr)  # noqa: T201
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
