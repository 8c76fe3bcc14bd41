"""Run the `sandbox` command with ``python -m sandbox``."""

from sandbox.cli import main

main()
