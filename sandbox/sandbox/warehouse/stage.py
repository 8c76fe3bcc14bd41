"""The user stage: PUT, LIST and REMOVE of files under ``@~``."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.warehouse.errors import SnowflakeFault, missing, syntax, unsupported
from sandbox.warehouse.results import Result, rows, success
from sandbox.warehouse.translate import body_tokens

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

_FILE_SCHEME = "file://"
_USER_STAGE = "@~"
_DIGITS = re.compile(r"(\d+)")
_VERBS = ("REMOVE", "RM", "GET")


def handle(session: Session, expression: exp.Expr) -> Result | None:
    """Run PUT, LIST and REMOVE; return ``None`` for any other statement."""
    if isinstance(expression, exp.Put):
        return _put(session, expression)
    if isinstance(expression, exp.ListStage):
        if expression.args.get("pattern") is not None:
            raise unsupported(feature="LIST with PATTERN")
        return _list(session, expression.this.name)
    if isinstance(expression, exp.Command) and str(expression.this).upper() in _VERBS:
        verb = str(expression.this).upper()
        if verb == "GET":
            raise unsupported(feature="GET")
        text = "".join(token.text for token in body_tokens(expression))
        return _remove(session, text)
    return None


def files(session: Session, location: str) -> list[Path]:
    """Return the staged files whose path begins with a location, oldest first.

    So ``@~/folder/`` is what the folder holds, and ``@~/folder`` also what ``@~/folder2`` holds.

    Raises:
        SnowflakeFault: if the location is not in the user stage.
    """
    root = session.account.stage_folder
    prefix = _path(location)
    found: list[tuple[int, list[Any], Path]] = []
    # os.walk passes over what another session removes meanwhile; Path.rglob fails on it.
    for folder, _, names in os.walk(root):
        for name in names:
            file = Path(folder, name)
            if str(file.relative_to(root)).startswith(prefix):
                with contextlib.suppress(FileNotFoundError):
                    found.append((file.stat().st_mtime_ns, _natural(name), file))
    return [file for _, _, file in sorted(found)]


def _put(session: Session, expression: exp.Put) -> Result:
    source = expression.this.name
    if not source.startswith(_FILE_SCHEME):
        raise syntax(message=f"PUT wants a {_FILE_SCHEME} address, not '{source}'.")
    options = {
        option.this.name.upper(): option.args["value"]
        for option in (expression.args.get("properties") or exp.Properties()).expressions
    }
    folder = session.account.stage_folder / _path(expression.args["target"].name)
    folder.mkdir(parents=True, exist_ok=True)
    result = success()
    result.upload = {
        "command": "UPLOAD",
        "src_locations": [source[len(_FILE_SCHEME) :]],
        "stageInfo": {"locationType": "LOCAL_FS", "location": str(folder), "creds": {}},
        "parallel": 4,
        "autoCompress": _flag(options, "AUTO_COMPRESS", default=True),
        "overwrite": _flag(options, "OVERWRITE", default=False),
        "sourceCompression": str(
            options["SOURCE_COMPRESSION"].name if "SOURCE_COMPRESSION" in options else "auto_detect"
        ).lower(),
    }
    return result


def _list(session: Session, location: str) -> Result:
    root = session.account.stage_folder
    found = [
        (
            str(file.relative_to(root)),
            file.stat().st_size,
            hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest(),
            dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC).strftime(
                "%a, %d %b %Y %H:%M:%S GMT"
            ),
        )
        for file in files(session, location)
    ]
    columns = [
        ("name", "VARCHAR"),
        ("size", "BIGINT"),
        ("md5", "VARCHAR"),
        ("last_modified", "VARCHAR"),
    ]
    return rows(columns, found)


def _remove(session: Session, location: str) -> Result:
    root = session.account.stage_folder
    found = files(session, location)
    for file in found:
        file.unlink(missing_ok=True)
    names = [(str(file.relative_to(root)), "removed") for file in found]
    for folder in {file.parent for file in found} - {root}:
        # Not the folders above: another session may be about to put a file there.
        with contextlib.suppress(OSError):
            folder.rmdir()
    return rows([("name", "VARCHAR"), ("result", "VARCHAR")], names)


def _path(location: str) -> str:
    text = location.strip().strip("'")
    if text != _USER_STAGE and not text.startswith(f"{_USER_STAGE}/"):
        if not text.startswith("@"):
            raise syntax(message=f"unexpected '{text}': a stage begins with '@'.")
        raise missing(kind="Stage", name=text[1:].partition("/")[0].upper())
    path = text[len(_USER_STAGE) :].lstrip("/")
    if ".." in path.split("/"):
        raise SnowflakeFault(1003, "42000", f"Invalid stage path '{path}'.")
    return path


def _natural(name: str) -> list[Any]:
    return [
        (1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _DIGITS.split(name)
    ]


def _flag(options: dict[str, exp.Expr], name: str, *, default: bool) -> bool:
    if name not in options:
        return default
    return options[name].name.upper() == "TRUE" or options[name].this is True
