"""What `bulk_load.py` runs with dlt's interpreter: load a table, and print its sums as JSON.

Arguments: backend, schema, sums to select. The database is in the variable ``POSTGRES_URL``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import duckdb
from dlt.sources.sql_database import sql_table

CHUNK = 100_000

backend, schema, sums = sys.argv[1:]
home = Path("loaded")
shutil.rmtree(home, ignore_errors=True)
home.mkdir()
table = sql_table(
    credentials=os.environ["POSTGRES_URL"],
    schema=schema,
    table="viewing_sessions",
    backend=backend,
    chunk_size=CHUNK,
    reflection_level="full_with_precision",
    incremental=dlt.sources.incremental("updated_at"),
    write_disposition="merge",
    primary_key="session_id",
    backend_kwargs={"return_type": "arrow"} if backend == "connectorx" else {},
)
pipeline = dlt.pipeline(
    pipeline_name="benchmark",
    destination=dlt.destinations.duckdb(str(home / "loaded.duckdb")),
    dataset_name="raw",
    pipelines_dir=str(home / "pipelines"),
)
pipeline.run(table)
with duckdb.connect(str(home / "loaded.duckdb")) as loaded:
    loaded.execute("set timezone = 'UTC'")
    row = loaded.execute(f"select {sums} from raw.viewing_sessions").fetchone()
print(json.dumps(row, default=lambda value: value.replace(tzinfo=None).isoformat()))
