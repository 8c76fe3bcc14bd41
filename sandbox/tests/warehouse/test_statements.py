from __future__ import annotations

import datetime as dt
import decimal
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import snowflake.connector.errors as sf

from .conftest import Service, rows


def failure(run: Any, sql: str) -> sf.Error:
    with pytest.raises(sf.Error) as caught:
        run(sql)
    return caught.value


def test_types_come_back_as_they_went_in(run: Any) -> None:
    run(
        "create or replace table kinds (id number(38,0), price number(10,2), share float, "
        "at timestamp_ntz, on_day date, ok boolean, name varchar(20), extra variant, raw binary)"
    )
    run(
        "insert into kinds select 1, 12.345, 0.1, '2026-11-23T10:00:00.123456+02:00', "
        """'2026-02-28', true, 'Zoë''s "x"', parse_json('{"a": [1, null, {"b": "ü"}]}'), """
        "to_binary('ff', 'HEX')"
    )
    (row,) = run("select * from kinds")
    assert row[:7] == (
        1,
        decimal.Decimal("12.35"),
        0.1,
        dt.datetime(2026, 11, 23, 10, 0, 0, 123456),  # noqa: DTZ001
        dt.date(2026, 2, 28),
        True,
        'Zoë\'s "x"',
    )
    assert json.loads(row[7]) == {"a": [1, None, {"b": "ü"}]}
    assert run("select extra:a[2].b::string, extra:a[0]::int, extra:nope::string from kinds") == [
        ("ü", 1, None)
    ]
    run("insert into kinds (id) values (2)")
    assert run("select at, on_day, raw, price, share, ok from kinds where id = 2") == [(None,) * 6]


def test_json_null_is_not_sql_null(run: Any) -> None:
    assert run(
        """select parse_json('{"a":null}'):a is null, parse_json('{"a":null}'):a::string is null,
        parse_json('{"a":null}'):b is null, typeof(parse_json('null'))"""
    ) == [(False, True, True, "NULL_VALUE")]


def test_flatten_keeps_rows_when_outer(run: Any) -> None:
    run(
        "create or replace table lists as select column1 as id, parse_json(column2) as v from "
        """values (1, '["a","b"]'), (2, '[]'), (3, null)"""
    )
    inner = "select id, f.index, f.value::string from lists, lateral flatten(v) f order by 1, 2"
    assert run(inner) == [(1, 0, "a"), (1, 1, "b")]
    outer = (
        "select id, f.value::string from lists, lateral flatten(input => v, outer => true) f "
        "order by 1, 2"
    )
    assert run(outer) == [(1, "a"), (1, "b"), (2, None), (3, None)]


def test_dates_stay_dates_and_sums_stay_numbers(run: Any) -> None:
    run("create or replace table days as select '2026-01-31'::date as d, 1.10::number(10,2) as n")
    assert run(
        "select dateadd(month, 1, d), date_trunc('month', d), sum(n) from days group by d"
    ) == [(dt.date(2026, 2, 28), dt.date(2026, 1, 1), decimal.Decimal("1.10"))]


@pytest.mark.parametrize(
    ("sql", "errno", "sqlstate"),
    [
        ("selekt 1", 1003, "42000"),
        ("select * from nowhere", 2003, "42S02"),
        ("select nothing from (select 1 as x)", 904, "42000"),
        ("select no_such_function(1)", 2140, "42601"),
        ("select 1 / 0", 100051, "22012"),
        ("select 'x'::int", 100038, "22018"),
        ("use schema nowhere", 2043, "02000"),
        ("show objects in raw.nowhere", 2043, "02000"),
        ("call nothing()", 2, "0A000"),
        ("create dynamic table x target_lag = '1 day' warehouse = w as select 1", 2, "0A000"),
        ("create pipe p as copy into t from @s", 2, "0A000"),
        ("select 1; select 2", 8, "0A000"),
        ("describe table nowhere", 2003, "02000"),
        ("list @nowhere", 2003, "02000"),
        ("alter schema raw.public rename to elsewhere", 2, "0A000"),
        ("put file:///nothing @~/../../etc", 1003, "42000"),
    ],
)
def test_a_failure_is_a_snowflake_error_at_once(
    run: Any, sql: str, errno: int, sqlstate: str
) -> None:
    started = time.monotonic()
    error = failure(run, sql)
    assert (error.errno, error.sqlstate) in [(errno, sqlstate), (errno, "42S02")]
    assert time.monotonic() - started < 10
    assert run("select 1") == [(1,)]


def test_merge_counts_and_refuses_duplicates(run: Any) -> None:
    run("create or replace table target (id int primary key, v string)")
    run("insert into target values (1, 'a'), (2, 'b')")
    merge = (
        "merge into target d using (select column1 as id, column2 as v from values {}) s "
        "on d.id = s.id when matched then update set d.v = s.v "
        "when not matched then insert (id, v) values (s.id, s.v)"
    )
    assert run(merge.format("(2, 'B'), (3, 'C')")) == [(1, 1)]
    error = failure(run, merge.format("(1, 'x'), (1, 'y'), (9, 'z')"))
    assert (error.errno, error.sqlstate) == (100090, "42P18")
    assert run("select * from target order by id") == [(1, "a"), (2, "B"), (3, "C")]
    assert run(
        "merge into target d using (select 1 as id, true as gone) s on d.id = s.id "
        "when matched and s.gone then delete when matched then update set v = 'kept'"
    ) == [(0, 1)]


def test_many_staged_rows_are_merged_as_few_are(run: Any, tmp_path: Any) -> None:
    """In the way of target-snowflake: new rows, then some that are there, then doubles."""
    many = 120_000
    run("create or replace file format raw.public.lines type = 'JSON'")
    run("create or replace table merged (id int, v string)")

    def merge(rows: list[dict[str, Any]]) -> Any:
        file = tmp_path / "rows.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        run(f"put 'file://{file}' '@~/many' overwrite = true")
        return run(
            "merge into merged d using (select $1:id::number as id, $1:v::string as v "
            "from '@~/many' (file_format => raw.public.lines) "
            "qualify row_number() over (partition by id order by seq8() desc) = 1) s "
            "on d.id = s.id when matched then update set d.id = s.id, d.v = s.v "
            "when not matched then insert (v, id) values (s.v, s.id)"
        )

    def sums() -> Any:
        return run("select count(*), count(distinct id), sum(id), count_if(v = 'new') from merged")

    first = [{"id": n, "v": "old"} for n in range(many)]
    assert merge(first) == [(many, 0)]
    assert sums() == [(many, many, sum(range(many)), 0)]
    second = [{"id": n, "v": "new"} for n in range(many - 1, 2 * many - 1)]
    assert merge(second) == [(many - 1, 1)]
    assert sums() == [(2 * many - 1, 2 * many - 1, sum(range(2 * many - 1)), many)]
    run("truncate table merged")
    assert merge([*first, *({**row, "v": "new"} for row in first[:10])]) == [(many, 0)]
    assert sums() == [(many, many, sum(range(many)), 10)]
    # A key that is null equals no other, but is one group of QUALIFY.
    assert merge([{"id": None, "v": "x"}, {"id": None, "v": "new"}]) == [(1, 0)]
    assert run("select v from merged where id is null") == [("new",)]
    run("remove '@~/many/'")
    run("drop file format raw.public.lines")


@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_times_are_merged_whatever_their_form(
    service: Service, tmp_path: Any, *, autocommit: bool, is_first: bool
) -> None:
    """Usual forms are read in another way than others, all rows of a statement in the same."""
    forms = {
        "2026-01-01T09:00:00.5+00:00": "2026-01-01 09:00:00.5",
        "2026-01-01": "2026-01-01 00:00:00",
        "9999-12-31T23:59:59.999999+00:00": "9999-12-31 23:59:59.999999",
        "1700000000": "2023-11-14 22:13:20",
        1700000000123: "2023-11-14 22:13:20.123",
        None: None,
    }
    usual = [form for form in forms if str(form)[4:5] == "-" or form is None]
    merge = (
        "merge into timed d using (select $1:id::number as id, $1:at::timestamp_ntz as at "
        "from '@~/times' (file_format => raw.public.lines)) s on d.id = s.id "
        "when matched then update set d.at = s.at "
        "when not matched then insert (id, at) values (s.id, s.at)"
    )
    with service.connect(autocommit=autocommit) as session:
        rows(session, "create or replace file format raw.public.lines type = 'JSON'")
        rows(session, "create or replace table timed (id int, at timestamp_ntz)")
        if not is_first:  # in a transaction of the client, which must not be lost
            rows(session, "insert into timed values (100, null)")
        for sent in (usual, list(forms)):
            file = tmp_path / "times.jsonl"
            file.write_text(
                "".join(json.dumps({"id": n, "at": form}) + "\n" for n, form in enumerate(sent))
            )
            rows(session, f"put 'file://{file}' '@~/times' overwrite = true")
            rows(session, merge)
            if is_first:
                session.commit()
        session.commit()
        found = rows(session, "select id, at from timed order by id")
        expected = [time and dt.datetime.fromisoformat(time) for time in forms.values()]
        assert found == [*enumerate(expected), *([] if is_first else [(100, None)])]
        file.write_text('{"id": 1, "at": "soon"}\n')
        rows(session, f"put 'file://{file}' '@~/times' overwrite = true")
        with pytest.raises(sf.ProgrammingError, match="soon"):
            rows(session, merge)
        rows(session, "remove '@~/times/'")
        rows(session, "drop file format raw.public.lines")


def test_keys_are_known_and_not_enforced(run: Any) -> None:
    run("create or replace table keyed (id int, name string not null, primary key (id))")
    run("insert into keyed values (1, 'a'), (1, 'b')")
    assert failure(run, "insert into keyed values (2, null)").errno == 100072
    assert [row[4] for row in run("show primary keys in table keyed")] == ["ID"]


def test_a_failed_change_leaves_the_table_alone(run: Any, service: Service) -> None:
    run("create or replace table kept (n int)")
    run("insert into kept values (1)")
    failure(run, "insert overwrite into kept select 'x'::int")
    assert run("select n from kept") == [(1,)]
    run("begin")
    run("delete from kept")
    with service.connect() as other:
        assert rows(other, "select n from kept") == [(1,)]
    run("rollback")
    assert run("select n from kept") == [(1,)]


def test_temporary_tables_belong_to_a_session(run: Any, service: Service) -> None:
    run("create or replace table both (n int)")
    run("insert into both values (1)")
    with service.connect() as first, service.connect() as second:
        rows(first, "create temporary table raw.public.both as select 2 as n")
        rows(second, "create or replace temporary table RAW.PUBLIC.only_mine (n int not null)")
        assert rows(first, "select n from both") == [(2,)]
        assert rows(second, "select n from both") == [(1,)]
        assert rows(first, "describe table both")[0][1] == "NUMBER(38,0)"
        with pytest.raises(sf.ProgrammingError, match="does not exist"):
            rows(first, "select * from raw.public.only_mine")
        rows(first, "insert into both select n + 1 from both")
        assert rows(
            first, "merge into both d using (select 2 as n) s on d.n = s.n when matched then delete"
        ) == [(1,)]
        rows(first, "drop table both")
        assert rows(first, "select n from both") == [(1,)]
    assert run("show objects like 'ONLY_MINE'") == []


def test_definitions_and_their_descriptions(run: Any) -> None:
    run(
        "create or replace table described (id int comment 'the id', name varchar(12)) "
        "comment = 'x'"
    )
    run("""create or replace view shown ("ID" comment $$it's an id$$, "NAME" comment $$$$)
        copy grants as (select id, name from described)""")
    run("comment on table described is $$people's table$$")
    run('alter table described alter "ID" comment $$key [$]$$, "NAME" comment $$n$$')
    assert [(row[0], row[1], row[9]) for row in run("describe table described")] == [
        ("ID", "NUMBER(38,0)", "key [$]"),
        ("NAME", "VARCHAR(12)", "n"),
    ]
    assert run("describe view shown")[0][9] == "it's an id"
    assert run("select comment from information_schema.tables where table_name = 'DESCRIBED'") == [
        ("people's table",)
    ]
    run('alter table described add column "MORE" varchar(5), "LESS" number(5,1)')
    run("alter table described alter column more set data type varchar(50)")
    run("alter table described drop column less")
    assert [row[1] for row in run("describe table described")][-1] == "VARCHAR(50)"
    run("alter table described rename to renamed")
    assert run(
        "select character_maximum_length from information_schema.columns "
        "where table_name = 'RENAMED' and column_name = 'MORE'"
    ) == [(50,)]
    assert {(row[1], row[4]) for row in run("show objects in raw.public")} >= {
        ("RENAMED", "TABLE"),
        ("SHOWN", "VIEW"),
    }
    assert failure(run, "drop view renamed").errno == 2203
    run("drop table renamed")


def test_future_grants_are_given_out(run: Any) -> None:
    run("create schema raw.later")
    run("grant select on future tables in schema raw.later to role reporter")
    run("grant select on future views in database raw to role transformer")
    run("create table raw.later.made (id int)")
    run("create view raw.later.seen as select id from raw.later.made")
    assert [(r[1], r[5]) for r in run("show grants on table raw.later.made")] == [
        ("SELECT", "REPORTER")
    ]
    assert [(r[1], r[5]) for r in run("show grants on view raw.later.seen")] == [
        ("SELECT", "TRANSFORMER")
    ]
    run("revoke select on future tables in schema raw.later from role reporter")
    run("create or replace table raw.later.made (id int)")
    assert run("show grants on table raw.later.made") == []
    run("drop schema raw.later")


def test_grants_are_remembered(run: Any) -> None:
    run("create or replace table granted (n int)")
    run("grant select on raw.public.granted to role reporter")
    assert [(r[1], r[4], r[5]) for r in run("show grants on raw.public.granted")] == [
        ("SELECT", "ROLE", "REPORTER")
    ]
    run("revoke select on raw.public.granted from role reporter")
    assert run("show grants on raw.public.granted") == []


def test_session_settings(run: Any) -> None:
    run("alter session set query_tag = 'mine'")
    assert run("show parameters like 'query_tag' in session")[0][1] == "mine"
    run("alter session unset query_tag")
    assert run("show parameters like 'query_tag' in session")[0][1] == ""
    run("use role transformer")
    run("use database analytics")
    assert run("select current_role(), current_database(), current_schema()") == [
        ("TRANSFORMER", "ANALYTICS", "PUBLIC")
    ]
    assert failure(run, "use role nobody").errno == 2043


def test_fingerprints_ignore_order_and_see_change(run: Any) -> None:
    numbers = "select seq4() as n, 'x' as v from table(generator(rowcount => 1000))"
    run(f"create or replace table forward as {numbers}")
    run("create or replace table backward as select * from forward order by n desc")
    same = {run(f"select hash_agg(*) from {table}")[0][0] for table in ("forward", "backward")}
    assert len(same) == 1
    assert run("select hash_agg(n, v) from forward")[0][0] in same
    run("update backward set v = 'y' where n = 7")
    assert run("select hash_agg(*) from backward")[0][0] not in same


def test_user_stage(run: Any, tmp_path: Any) -> None:
    file = tmp_path / "a b.jsonl"
    file.write_text(
        '{"id": 1, "v": {"a": null}}\n{"id": 1, "v": null, "t": "2026-01-01T00:00:00Z"}\n'
    )
    run(f"put 'file://{file}' '@~/here/there'")
    assert [row[0] for row in run("list @~/here/")] == ["here/there/a b.jsonl.gz"]
    run("create or replace file format raw.public.lines type = 'JSON'")
    assert run(
        "select $1:id::int, $1:v::variant, $1:t::timestamp_ntz, seq8() from '@~/here/there'"
        "(file_format => raw.public.lines) order by 4"
    ) == [(1, '{"a":null}', None, 0), (1, "null", dt.datetime(2026, 1, 1), 1)]  # noqa: DTZ001
    run("create or replace table copied (id int, v variant)")
    loaded = run(
        "copy into copied (id, v) from (select $1:id::int, $1:v::variant from '@~/here') "
        "file_format = (format_name = 'raw.public.lines')"
    )
    assert [(row[0], row[1], row[3]) for row in loaded] == [
        ("here/there/a b.jsonl.gz", "LOADED", 2)
    ]
    assert set(run("select v from copied")) == {("null",), ('{"a":null}',)}
    run("remove '@~/here/'")
    assert run("list @~") == []
    run("drop file format if exists raw.public.lines")
    assert failure(run, "select $1 from @~/x (file_format => raw.public.lines)").errno == 2003


def test_a_stage_folder_is_not_its_namesake(run: Any, tmp_path: Any) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text("{}\n")
    run(f"put 'file://{file}' '@~/sync'")
    run(f"put 'file://{file}' '@~/sync2'")
    run("remove '@~/sync/'")
    assert [row[0] for row in run("list @~")] == ["sync2/one.jsonl.gz"]
    run("remove '@~/sync'")
    assert run("list @~") == []


def test_rows_bound_at_once_come_whole_or_not_at_all(
    run: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("create or replace table bound (n int not null)")
    monkeypatch.setattr("snowflake.connector.paramstyle", "qmark")
    with service.connect() as connection:
        many = connection.cursor()
        with pytest.raises(sf.Error):
            many.executemany("insert into bound values (?)", [(1,), (2,), (None,)])
        assert run("select count(*) from bound") == [(0,)]
        many.executemany("insert into bound values (?)", [(1,), (2,), (3,)])
    assert run("select count(*) from bound") == [(3,)]


def test_a_database_takes_no_other_with_it(run: Any, service: Service) -> None:
    run('create database "RA*"')
    run('drop database "RA*"')
    assert (service.settings.warehouse_folder / "RAW.duckdb").exists()
    assert not (service.settings.warehouse_folder / "RA*.duckdb").exists()


def test_eight_writers_and_readers_at_once(run: Any, service: Service) -> None:
    run("create or replace table shared (id int, v int)")

    def work(number: int) -> None:
        with service.connect(autocommit=False) as connection:
            rows(connection, f"create schema if not exists crowd_{number % 2}")
            rows(
                connection, f"create or replace table crowd_{number % 2}.t{number} as select 1 as n"
            )
            for step in range(5):
                rows(
                    connection,
                    f"merge into raw.public.shared d using (select {step} as id, 1 as v) s "
                    "on d.id = s.id when matched then update set d.v = d.v + s.v "
                    "when not matched then insert (id, v) values (s.id, s.v)",
                )
                rows(connection, "show objects in raw.public")
                connection.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert run("select id, v from raw.public.shared order by id") == [(n, 8) for n in range(5)]
