"""Query results in the form that Snowflake's drivers read."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SELECT = 0x1000
DML = 0x3000
SCL = 0x4000
DDL = 0x6000
_MAX_TEXT = 16_777_216
_MAX_BINARY = 8_388_608
_UTC_OFFSET = 1440
_INTEGERS = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
)
_BIG_INTEGERS = frozenset(("UBIGINT", "HUGEINT", "UHUGEINT"))
_NAMED = {
    "BOOLEAN": "boolean",
    "JSON": "variant",
    "BLOB": "binary",
    "DATE": "date",
    "TIME": "time",
    "DOUBLE": "real",
    "FLOAT": "real",
    "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP_S": "timestamp_ntz",
    "TIMESTAMP_MS": "timestamp_ntz",
    "TIMESTAMP_NS": "timestamp_ntz",
    "TIMESTAMP WITH TIME ZONE": "timestamp_tz",
}


@dataclass
class Result:
    """Rows, columns and counts of one statement.

    Attributes:
        columns: Name and DuckDB type of each column.
        table: The rows.
        type_id: Snowflake's statement type, such as ``SELECT``.
        counts: Rows inserted, updated and deleted; empty for a query.
        upload: What a PUT tells the client to do.
        query_id: Snowflake's id of the statement.
    """

    columns: Sequence[tuple[str, str]]
    table: pa.Table
    type_id: int = SELECT
    counts: Mapping[str, int] = field(default_factory=dict)
    upload: dict[str, Any] | None = None
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def message(text: str, type_id: int = DDL) -> Result:
    """Return the one-cell result of a statement that only reports success."""
    return rows([("status", "VARCHAR")], [(text,)], type_id)


def success(type_id: int = SCL) -> Result:
    """Return Snowflake's usual sentence."""
    return message("Statement executed successfully.", type_id)


def rows(
    columns: Sequence[tuple[str, str]],
    values: Sequence[Sequence[Any]],
    type_id: int = SELECT,
) -> Result:
    """Return a result made in Python.

    Args:
        columns: Name and DuckDB type (VARCHAR, BIGINT, BOOLEAN, TIMESTAMP WITH TIME ZONE).
        values: One sequence per row.
        type_id: Snowflake's statement type.
    """
    kinds = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
    }
    arrays = [
        pa.array([row[index] for row in values], type=kinds[kind])
        for index, (_, kind) in enumerate(columns)
    ]
    return Result(
        columns, pa.Table.from_arrays(arrays, names=[name for name, _ in columns]), type_id
    )


def changed(type_id: int = DML, **counts: int) -> Result:
    """Return the result of a statement that changes rows.

    Args:
        type_id: Snowflake's statement type.
        **counts: Rows by what was done to them: ``inserted``, ``updated``, ``deleted``.
    """
    names = [(f"number of rows {action}", "BIGINT") for action in counts]
    result = rows(names, [list(counts.values())], type_id)
    result.counts = counts
    return result


def response(result: Result) -> dict[str, Any]:
    """Return the part of an HTTP answer that carries rows and their types."""
    rowtype = [_column(name, kind) for name, kind in result.columns]
    data: dict[str, Any] = {
        "rowtype": rowtype,
        "total": result.table.num_rows,
        "returned": result.table.num_rows,
        "queryId": result.query_id,
        "statementTypeId": result.type_id,
    }
    if result.counts:
        data["stats"] = {
            f"numRows{action.title()}": count for action, count in result.counts.items()
        }
    if result.type_id & 0xF000 == DML:
        data["queryResultFormat"] = "json"
        data["rowset"] = [
            [None if value is None else str(value) for value in row.values()]
            for row in result.table.to_pylist()
        ]
        return data
    data["queryResultFormat"] = "arrow"
    data["rowsetBase64"] = base64.b64encode(_arrow(result, rowtype)).decode()
    return data


def snowflake_type(kind: str) -> str:
    """Return the wire name of the Snowflake type that plays a DuckDB type."""
    if kind.endswith("]"):
        return "array"
    base = kind.partition("(")[0]
    if base in ("STRUCT", "MAP", "UNION"):
        return "object"
    if base in _INTEGERS or base in _BIG_INTEGERS or base == "DECIMAL":
        return "fixed"
    return _NAMED.get(base, "text")


def decimal_parts(kind: str) -> tuple[int, int]:
    """Return precision and scale of a DuckDB numeric type (38, 0 for integers)."""
    if not kind.startswith("DECIMAL("):
        return 38, 0
    precision, _, scale = kind[len("DECIMAL(") : -1].partition(",")
    return int(precision), int(scale)


def _column(name: str, kind: str) -> dict[str, Any]:
    wire = snowflake_type(kind)
    info: dict[str, Any] = {
        "name": name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": True,
        "type": wire,
        "byteLength": None,
        "length": None,
        "scale": None,
        "precision": None,
        "collation": None,
    }
    if wire == "fixed":
        info["precision"], info["scale"] = decimal_parts(kind)
    elif wire == "text":
        info["length"] = info["byteLength"] = _MAX_TEXT
    elif wire == "binary":
        info["length"] = info["byteLength"] = _MAX_BINARY
    elif wire.startswith("time"):
        info["precision"], info["scale"] = 0, 9
    return info


def _arrow(result: Result, rowtype: Sequence[dict[str, Any]]) -> bytes:
    arrays, fields = [], []
    for index, info in enumerate(rowtype):
        column = result.table.column(index)
        array = _encode(column.combine_chunks(), info["type"], result.columns[index][1])
        arrays.append(array)
        metadata = {
            "logicalType": info["type"].upper(),
            "precision": str(info["precision"] or 38),
            "scale": str(info["scale"] or 0),
            "charLength": str(info["length"] or 0),
        }
        fields.append(pa.field(info["name"], array.type, metadata=metadata))
    sink = pa.BufferOutputStream()
    schema = pa.schema(fields)
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return bytes(sink.getvalue())


def _encode(column: pa.Array, wire: str, kind: str) -> pa.Array:  # noqa: PLR0911
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if wire.startswith("timestamp"):
        return _timestamps(column, zoned=wire == "timestamp_tz")
    if wire == "time":
        return column.cast(pa.time64("ns")).cast(pa.int64())
    if wire == "fixed" and kind in _BIG_INTEGERS:
        return column if pa.types.is_decimal(column.type) else column.cast(pa.decimal128(38, 0))
    if wire == "fixed" and pa.types.is_integer(column.type):
        return column.cast(pa.int64())
    if wire == "real":
        return column.cast(pa.float64())
    if wire in ("array", "object"):
        texts = [None if v is None else json.dumps(v, default=str) for v in column.to_pylist()]
        return pa.array(texts, pa.string())
    if wire in ("text", "variant") and not pa.types.is_string(column.type):
        if pa.types.is_null(column.type):
            return column.cast(pa.string())
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    return column


def _timestamps(column: pa.Array, *, zoned: bool) -> pa.Array:
    nanoseconds = column.cast(pa.timestamp("ns", tz=column.type.tz), safe=False).cast(pa.int64())
    whole = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    seconds = pc.divide(
        pc.floor_temporal(whole, unit="second").cast(pa.int64()), pa.scalar(1_000_000)
    )
    fraction = pc.subtract(nanoseconds, pc.multiply(seconds, pa.scalar(1_000_000_000)))
    children = [pc.fill_null(seconds, 0), pc.fill_null(fraction, 0).cast(pa.int32(), safe=False)]
    names = [("epoch", pa.int64()), ("fraction", pa.int32())]
    if zoned:
        children.append(pa.array([_UTC_OFFSET] * len(column), pa.int32()))
        names.append(("timezone", pa.int32()))
    return pa.StructArray.from_arrays(
        children,
        fields=[pa.field(name, kind, nullable=False) for name, kind in names],
        mask=column.is_null(),
    )
