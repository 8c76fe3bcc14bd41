"""Errors as Snowflake reports them: number, SQLSTATE, message.

Numbers and wording follow the answers of the service as its drivers and their issue trackers
quote them; row values are never part of a message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import snowflake.connector.errors

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPILATION = "SQL compilation error:\n"
_MISSING_OBJECT = re.compile(
    r"(?:Table|View|Sequence|Catalog|Schema) with name (?P<name>.+?) does not exist"
)
_MISSING_COLUMN = re.compile(
    r'(?:Referenced column|Referenced table|column) "(?P<name>[^"]+)"[^"]*not found'
    r'|(?P<table>\S+) does not have a column (?:named|with name) "(?P<column>[^"]+)"'
)
_MISSING_FUNCTION = re.compile(r"Function with name (?P<name>\S+) does not exist")
_EXISTS = re.compile(r'"?(?P<name>[^"\s]+)"? already exists')
_NULL_COLUMN = re.compile(r"NOT NULL constraint failed: (?P<name>.+)")


class SnowflakeFault(Exception):  # noqa: N818
    """A statement that fails the way Snowflake would let it fail.

    Attributes:
        errno: Snowflake's error number, such as 2003.
        sqlstate: Five-character SQLSTATE.
        message: Text for the user.
    """

    def __init__(self, errno: int, sqlstate: str, message: str) -> None:
        """Make a fault out of number, state and text."""
        super().__init__(message)
        self.errno = errno
        self.sqlstate = sqlstate
        self.message = message


def compilation(errno: int, sqlstate: str, message: str) -> SnowflakeFault:
    """Return a fault that was found before the statement ran."""
    return SnowflakeFault(errno, sqlstate, _COMPILATION + message)


def missing(kind: str, name: str) -> SnowflakeFault:
    """Return the fault for an object that is not there (Snowflake does not tell why)."""
    errno, sqlstate = (2003, "42S02") if kind in ("Object", "Table", "View") else (2003, "02000")
    return compilation(errno, sqlstate, f"{kind} '{name}' does not exist or not authorized.")


def missing_or_forbidden(name: str | None = None) -> SnowflakeFault:
    """Return the fault of commands that cannot be performed on an unknown container (002043)."""
    what = "Object" if name is None else f"Object '{name}'"
    return compilation(2043, "02000", f"{what} does not exist, or operation cannot be performed.")


def exists(name: str) -> SnowflakeFault:
    """Return the fault for a second object under one name."""
    return compilation(2002, "42710", f"Object '{name}' already exists.")


def unsupported(feature: str) -> SnowflakeFault:
    """Return the fault for what Snowflake knows and this account does not."""
    return SnowflakeFault(2, "0A000", f"Unsupported feature '{feature}' (local Snowflake account).")


def syntax(message: str) -> SnowflakeFault:
    """Return the fault for text that cannot be read as SQL."""
    return compilation(1003, "42000", message)


def from_exception(error: BaseException) -> SnowflakeFault:
    """Translate whatever went wrong inside into a Snowflake fault.

    Args:
        error: An error of DuckDB, fakesnow, sqlglot or of this package.
    """
    if isinstance(error, SnowflakeFault):
        return error
    if isinstance(error, snowflake.connector.errors.Error):
        return SnowflakeFault(error.errno or 1003, error.sqlstate or "42000", error.raw_msg or "")
    if isinstance(error, NotImplementedError):
        return unsupported(str(error) or "statement")
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind):
            return translate(str(error))
    return SnowflakeFault(
        603, "XX000", f"SQL execution internal error: {type(error).__name__}: {_first_line(error)}"
    )


def _first_line(error: object) -> str:
    text = str(error).strip().split("\n")[0]
    return re.sub(r"^[A-Z][A-Za-z ]+ Error: ", "", text)


def _catalog(text: str) -> SnowflakeFault:
    if found := _MISSING_FUNCTION.search(text):
        return compilation(2140, "42601", f"Unknown function {found['name'].upper()}")
    if found := _MISSING_OBJECT.search(text):
        return missing("Object", found["name"].strip('"'))
    if found := _EXISTS.search(text):
        return exists(found["name"])
    return compilation(2003, "42S02", _first_line(text))


def _binder(text: str) -> SnowflakeFault:
    if found := _MISSING_COLUMN.search(text):
        return compilation(904, "42000", f"invalid identifier '{found['name'] or found['column']}'")
    if "does not exist" in text and (found := _MISSING_OBJECT.search(text)):
        return missing("Object", found["name"].strip('"'))
    if "GROUP BY" in text:
        return compilation(979, "42601", _first_line(text))
    return compilation(1044, "42P13", _first_line(text))


def _constraint(text: str) -> SnowflakeFault:
    if found := _NULL_COLUMN.search(text):
        column = found["name"].strip().rsplit(".", 1)[-1]
        return SnowflakeFault(100072, "22000", f"NULL result in a non-nullable column: {column}")
    return SnowflakeFault(100072, "22000", _first_line(text))


def _invalid_input(text: str) -> SnowflakeFault:
    if "same target row more than once" in text:
        return SnowflakeFault(100090, "42P18", "Duplicate row detected during DML action")
    if "Division by zero" in text:
        return SnowflakeFault(100051, "22012", "Division by zero")
    if "Malformed JSON" in text:
        return SnowflakeFault(100069, "22P02", f"Error parsing JSON: {_first_line(text)}")
    return SnowflakeFault(100038, "22018", _first_line(text))


def _conversion(text: str) -> SnowflakeFault:
    line = _first_line(text)
    lowered = line.lower()
    if "timestamp" in lowered:
        return SnowflakeFault(100035, "22007", f"Timestamp is not recognized: {line}")
    if "date" in lowered:
        return SnowflakeFault(100040, "22007", f"Date is not recognized: {line}")
    if "bool" in lowered:
        return SnowflakeFault(100037, "22018", f"Boolean value is not recognized: {line}")
    return SnowflakeFault(100038, "22018", f"Numeric value is not recognized: {line}")


def _storage(text: str) -> SnowflakeFault:
    return SnowflakeFault(
        603, "XX000", f"SQL execution internal error: the local account's disk: {_first_line(text)}"
    )


_TRANSLATIONS: tuple[tuple[type[Exception], Callable[[str], SnowflakeFault]], ...] = (
    (duckdb.InterruptException, lambda _: SnowflakeFault(604, "57014", "SQL execution canceled")),
    (duckdb.ParserException, lambda text: syntax(_first_line(text))),
    (duckdb.CatalogException, _catalog),
    (duckdb.BinderException, _binder),
    (duckdb.ConstraintException, _constraint),
    (duckdb.ConversionException, _conversion),
    (duckdb.InvalidInputException, _invalid_input),
    (duckdb.OutOfRangeException, _conversion),
    (duckdb.IOException, _storage),
    (
        duckdb.TransactionException,
        lambda text: SnowflakeFault(
            639, "57014", f"The transaction was rolled back: {_first_line(text)}"
        ),
    ),
)
