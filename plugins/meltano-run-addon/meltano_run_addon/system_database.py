"""Says in a line why Meltano's own database cannot be used; Meltano itself shows a stack trace.

It is the first thing that a command asks for, so nothing that is checked later can say it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from meltano.cli.utils import CliError
from meltano.core import db
from sqlalchemy.exc import ArgumentError, DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

VARIABLE = "MELTANO_DATABASE_URI"
EXAMPLE = "postgresql+psycopg://user:password@host/meltano"


def install() -> None:
    """Tell in a line of every command of Meltano's why it cannot reach its database."""
    db.create_engine = _telling(db.create_engine)  # type: ignore[attr-defined,assignment]
    db.connect = _telling(db.connect)


def _telling(function: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (ArgumentError, ModuleNotFoundError) as error:
            # The error of a driver that is missing names it; that of an address quotes it.
            why = f" ({error})" if isinstance(error, ModuleNotFoundError) else ""
            message = f"{VARIABLE} is no address of a database that is known{why}: as in {EXAMPLE}"
            raise CliError(message) from None
        except DBAPIError as error:
            message = f"Meltano cannot use its own database, {_why(error)}; see {VARIABLE}"
            raise CliError(message) from None

    return wrapped


def _why(error: DBAPIError) -> str:
    return re.sub(r"\s+", " ", str(error.orig)).strip().rstrip(".")
