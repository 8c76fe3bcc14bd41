"""The command ``tap-streaming``."""

from __future__ import annotations

import sys

from tap_streaming.errors import TapError
from tap_streaming.tap import TapStreaming


def main() -> None:
    """Run the tap; end non-zero, without a stack trace, on a mistake the user can mend."""
    try:
        TapStreaming.cli()
    except TapError as error:
        TapStreaming.logger.critical("%s", error)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:
        TapStreaming.logger.critical("%s", error)
        sys.exit(1)
    except ValueError as error:
        if type(error).__name__ != "JSONDecodeError":
            raise
        TapStreaming.logger.critical(
            "a file given with --config, --catalog or --state is not JSON: %s", error
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
