"""Writes marts into a Tableau extract, and asks it; run where Tableau's Hyper is installed.

    python hyper_extract.py write EXTRACT FOLDER    rows of FOLDER/<mart>.json, with their columns
    python hyper_extract.py ask EXTRACT             queries as a JSON list on standard input

Both print JSON. What Hyper refuses ends with its message and 1.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperException,
    HyperProcess,
    Inserter,
    SqlType,
    TableDefinition,
    TableName,
    Telemetry,
)

TYPES = {
    "text": SqlType.text(),
    "integer": SqlType.big_int(),
    "decimal": SqlType.double(),
    "float": SqlType.double(),
    "date": SqlType.date(),
    "timestamp": SqlType.timestamp(),
    "boolean": SqlType.bool(),
}
PARSED = {
    "decimal": float,
    "date": dt.date.fromisoformat,
    "timestamp": dt.datetime.fromisoformat,
}


def write(connection: Connection, folder: Path) -> dict[str, int]:
    """Write a table for each file and return the number of its rows, as Hyper counts them."""
    connection.catalog.create_schema("Extract")
    counts = {}
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text())
        kinds = content["columns"]
        name = TableName("Extract", path.stem)
        columns = [TableDefinition.Column(each, TYPES[kind]) for each, kind in kinds.items()]
        connection.catalog.create_table(TableDefinition(name, columns))
        parse = [PARSED.get(kind, lambda value: value) for kind in kinds.values()]
        with Inserter(connection, name) as inserter:
            inserter.add_rows(
                [
                    None if value is None else each(value)
                    for each, value in zip(parse, row, strict=True)
                ]
                for row in content["rows"]
            )
            inserter.execute()
        counts[path.stem] = connection.execute_scalar_query(f"select count(*) from {name}")
    return counts


def ask(connection: Connection, queries: list[str]) -> list[list[list[Any]]]:
    """Return the rows of each query."""
    return [connection.execute_list_query(query) for query in queries]


def main() -> None:
    """Run one of the two."""
    action, extract, *rest = sys.argv[1:]
    mode = CreateMode.CREATE_AND_REPLACE if action == "write" else CreateMode.NONE
    try:
        with (
            HyperProcess(
                Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
            ) as hyper,
            Connection(hyper.endpoint, extract, mode) as connection,
        ):
            if action == "write":
                print(json.dumps(write(connection, Path(rest[0]))))
            else:
                print(json.dumps(ask(connection, json.load(sys.stdin)), default=str))
    except HyperException as error:
        sys.exit(f"{error}"[:500])


if __name__ == "__main__":
    main()
