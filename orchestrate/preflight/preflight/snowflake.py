"""The account that is loaded and modelled: who signs in, and what each role may do.

What a role may do is tried, not looked up: a schema and a table are made where the role has to make
them, read by the role that has to read them, and dropped. A right may come by another role or by
ownership, and future grants are given out only when something is made; a trial sees all of it.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import snowflake.connector
from snowflake.connector.errors import Error

from preflight.keys import fingerprint
from preflight.report import reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from preflight.plugins import Pipeline, Plugin
    from preflight.report import Report

LOGIN_SECONDS, NETWORK_SECONDS = 20, 120
NEEDED = frozenset({"account", "user", "private_key_path", "role", "warehouse", "database"})
"""A plugin with these settings signs in to Snowflake."""

IDENTITY = ("account", "user", "private_key_path", "role", "warehouse", "database", "https_proxy")
ROLES, WAREHOUSES = "load/snowflake/01_roles.sql", "load/snowflake/02_warehouses.sql"
DATABASES, GRANTS = "load/snowflake/03_databases.sql", "load/snowflake/04_grants.sql"
USERS = "load/snowflake/05_users.sql"


@dataclass
class Client:
    """One or more plugins that sign in alike."""

    plugin: Plugin
    names: list[str]
    connection: Any = field(default=None, repr=False)

    @property
    def subject(self) -> str:
        """What its lines begin with."""
        return ", ".join(self.names)

    @property
    def role(self) -> str:
        """Role of the session."""
        return str(self.plugin.config["role"]).upper()

    def setting(self, name: str) -> str:
        """Return the name of a database, a schema, …, as Snowflake has it."""
        return str(self.plugin.config.get(name) or "").upper()

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement.

        Raises:
            Error: if Snowflake refuses.
        """
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [tuple(row) for row in cursor.fetchall()]


def check_snowflake(pipeline: Pipeline, report: Report) -> None:
    """Check every plugin that signs in to Snowflake.

    Args:
        pipeline: The project's plugins.
        report: Told what is found.
    """
    all_clients = _clients(pipeline)
    trial = f"PREFLIGHT_{uuid.uuid4().hex[:12].upper()}"
    try:
        clients = [client for client in all_clients if _sign_in(client, report)]
        by_namespace = {client.plugin.namespace: client for client in clients}
        loader, transformer = by_namespace.get("target_snowflake"), by_namespace.get("dbt")
        if loader:
            with _made_schema(loader, trial, report) as table:
                if transformer:
                    _check_reading(transformer, table, report)
                    _check_loaded_tables(pipeline, loader, transformer, report)
        if transformer:
            with _made_schema(transformer, trial, report):
                pass
            others = [client for client in clients if client not in (loader, transformer)]
            _check_marts(transformer, others, trial, report)
    except Error as error:
        fix = f"run it again; what it made and could not drop is named {trial}"
        report.fail("snowflake", reason(error), fix)
    finally:
        for client in all_clients:
            if client.connection:
                client.connection.close()


def _clients(pipeline: Pipeline) -> list[Client]:
    found: dict[tuple[str, ...], Client] = {}
    for plugin in pipeline.plugins:
        if plugin.is_ready and plugin.config.keys() >= NEEDED:
            identity = tuple(str(plugin.config.get(name)) for name in IDENTITY)
            client = found.setdefault(identity, Client(plugin, []))
            client.names.append(plugin.name)
    return list(found.values())


def _sign_in(client: Client, report: Report) -> bool:
    """Open a session with role, warehouse and database; tell of each."""
    config, plugin = client.plugin.config, client.plugin
    _use_network_of(config)
    key = str(config["private_key_path"])
    passphrase = config.get("private_key_passphrase") or None
    try:
        print_of_key = fingerprint(Path(key).expanduser().read_bytes(), passphrase)
    except (OSError, TypeError, ValueError) as error:
        fix = f"set {plugin.set_by('private_key_path', 'private_key_passphrase')}"
        report.fail(client.subject, f"{key} is no private key: {reason(error)}", fix)
        return False
    user, account, role = config["user"], config["account"], client.role
    try:
        client.connection = snowflake.connector.connect(
            account=account,
            user=user,
            role=role,
            private_key_file=str(Path(key).expanduser()),
            private_key_file_pwd=passphrase,
            authenticator="SNOWFLAKE_JWT",
            login_timeout=LOGIN_SECONDS,
            network_timeout=NETWORK_SECONDS,
            session_parameters={"QUERY_TAG": "preflight"},
        )
        ((current,),) = client.run("select current_role()")
    except Error as error:
        what = f"{user} cannot sign in to {account} as {role}: {reason(error)}"
        report.fail(client.subject, what, _how_to_sign_in(plugin, reason(error), print_of_key))
        return False
    if current != role:
        fix = f"grant role {role} to user {user};  -- {USERS}"
        report.fail(client.subject, f"{user} has the role {current}, not {role}", fix)
        return False
    report.ok(client.subject, f"{user} signs in to {account} as {role}")
    return _use(client, "warehouse", report) and _use(client, "database", report)


def _use_network_of(config: dict[str, Any]) -> None:
    """The connector takes both from the environment only, as the plugins do."""
    for name, setting in (("HTTPS_PROXY", "https_proxy"), ("REQUESTS_CA_BUNDLE", "ca_bundle")):
        if config.get(setting):
            os.environ[name] = str(config[setting])


def _how_to_sign_in(plugin: Plugin, said: str, key: str) -> str:
    user, role = plugin.config["user"], str(plugin.config["role"]).upper()
    words = said.lower()
    if f"role '{role.lower()}'" in words:
        return f"grant role {role} to user {user};  -- {ROLES}, {USERS}"
    if "jwt" in words or "username" in words:
        return f"desc user {user}; its RSA_PUBLIC_KEY_FP has to be {key}, else run {USERS} again"
    return f"see {plugin.set_by('account', 'user')} and {USERS}"


def _use(client: Client, kind: str, report: Report) -> bool:
    name, role = client.setting(kind), client.role
    try:
        client.run(f"use {kind} {name}")
    except Error as error:
        made_by = WAREHOUSES if kind == "warehouse" else DATABASES
        fix = f"grant usage on {kind} {name} to role {role};  -- {GRANTS}, after {made_by}"
        report.fail(client.subject, f"{role} cannot use the {kind} {name}: {reason(error)}", fix)
        return False
    report.ok(client.subject, f"{role} may use the {kind} {name}")
    return True


@contextlib.contextmanager
def _made_schema(client: Client, trial: str, report: Report) -> Iterator[str | None]:
    """Make a schema with a table, and drop both; yields the table's name, None if refused."""
    database, role = client.setting("database"), client.role
    table = None
    try:
        client.run(f"create transient schema {database}.{trial}")
    except Error as error:
        fix = f"grant usage, create schema on database {database} to role {role};  -- {GRANTS}"
        what = f"{role} cannot make a schema in {database}: {reason(error)}"
        report.fail(client.subject, what, fix)
        yield None
        return
    try:
        try:
            client.run(f"create table {database}.{trial}.trial as select 1 as value")
            table = f"{database}.{trial}.TRIAL"
            what = (
                f"{role} makes schemas and tables in {database}, with {client.setting('warehouse')}"
            )
            report.ok(client.subject, what)
        except Error as error:
            fix = f"grant usage, operate on warehouse {client.setting('warehouse')} to role {role};"
            what = f"{role} cannot make a table in {database}: {reason(error)}"
            report.fail(client.subject, what, f"{fix}  -- {GRANTS}")
        yield table
    finally:
        client.run(f"drop schema if exists {database}.{trial}")


def _check_reading(transformer: Client, table: str | None, report: Report) -> None:
    """Check that what the loader makes can be read: the future grants."""
    if table is None:
        return
    raw, role = transformer.setting("raw_database"), transformer.role
    if not table.startswith(f"{raw}."):
        fix = "set the loader's database and dbt's raw_database alike in orchestrate/environments"
        what = f"reads {raw}, but {table.partition('.')[0]} is loaded"
        report.fail(transformer.subject, what, fix)
        return
    try:
        transformer.run(f"select value from {table}")
    except Error as error:
        fix = (
            f"grant usage on database {raw} to role {role}; "
            f"grant usage on future schemas in database {raw} to role {role}; "
            f"grant select on future tables in database {raw} to role {role};  -- {GRANTS}"
        )
        what = f"{role} cannot read what is loaded into {raw}: {reason(error)}"
        report.fail(transformer.subject, what, fix)
    else:
        report.ok(transformer.subject, f"{role} may read what is loaded into {raw}")


def _check_loaded_tables(
    pipeline: Pipeline, loader: Client, transformer: Client, report: Report
) -> None:
    """Check that tables of earlier loads can be read, too."""
    schemas = sorted(
        {
            str(plugin.extras["load_schema"]).upper()
            for plugin in pipeline.plugins
            if plugin.extras.get("load_schema") and plugin.namespace.startswith("tap_")
        }
    )
    raw, role = loader.setting("database"), transformer.role
    listed = ", ".join(f"'{schema}'" for schema in schemas)
    query = (
        f"select table_schema || '.' || table_name from {raw}.information_schema.tables "
        f"where table_schema in ({listed}) order by 1"
    )
    if not schemas:
        return
    loaded, seen = ({name for (name,) in side.run(query)} for side in (loader, transformer))
    if hidden := sorted(loaded - seen):
        fix = (
            f"grant usage on all schemas in database {raw} to role {role}; "
            f"grant select on all tables in database {raw} to role {role};  -- {GRANTS}"
        )
        what = f"{role} does not see {len(hidden)} loaded tables, {hidden[0]} first"
        report.fail(transformer.subject, what, fix)
    elif loaded:
        report.ok(transformer.subject, f"{role} sees the {len(loaded)} tables loaded so far")


def _check_marts(transformer: Client, others: list[Client], trial: str, report: Report) -> None:
    """Check that marts can be made, and read by whoever reads them."""
    database, schema = transformer.setting("database"), transformer.setting("schema")
    role, full = transformer.role, f"{database}.{schema}"
    found = transformer.run(
        f"select 1 from {database}.information_schema.schemata where schema_name = '{schema}'"
    )
    if not found:
        report.skip(transformer.subject, f"{full} is made by the first build, or by {DATABASES}")
        return
    table = f"{full}.{trial}"
    try:
        transformer.run(f"create transient table {table} as select 1 as value")
    except Error as error:
        fix = (
            f"grant usage, create table, create view on schema {full} to role {role};  -- {GRANTS}"
        )
        report.fail(transformer.subject, f"{role} cannot make marts: {reason(error)}", fix)
        return
    try:
        report.ok(transformer.subject, f"{role} makes marts in {full}")
        _check_readers(transformer, table, report)
        for client in others:
            if client.setting("database") == database:
                _check_reader(client, full, table, report)
    finally:
        transformer.run(f"drop table if exists {table}")


def _check_readers(transformer: Client, table: str, report: Report) -> None:
    """Check that others than its owner can read a mart once it is made: the future grants."""
    with transformer.connection.cursor(snowflake.connector.DictCursor) as cursor:
        cursor.execute(f"show grants on table {table}")
        grants = cursor.fetchall()
    readers = sorted(
        {
            str(grant["grantee_name"])
            for grant in grants
            if grant["privilege"] == "SELECT" and grant["grantee_name"] != transformer.role
        }
    )
    full = table.rpartition(".")[0]
    if readers:
        report.ok(transformer.subject, f"marts in {full} can be read by {', '.join(readers)}")
        return
    fix = (
        f"grant select on future tables in schema {full} to role REPORTER; "
        f"grant select on future views in schema {full} to role REPORTER;  -- {GRANTS}"
    )
    report.fail(transformer.subject, f"no other role may read what is made in {full}", fix)


def _check_reader(client: Client, full: str, table: str, report: Report) -> None:
    try:
        client.run(f"select value from {table}")
    except Error as error:
        database, role = client.setting("database"), client.role
        fix = (
            f"grant usage on database {database} to role {role}; "
            f"grant usage on schema {full} to role {role}; "
            f"grant select on future tables in schema {full} to role {role};  -- {GRANTS}"
        )
        report.fail(client.subject, f"{role} cannot read marts: {reason(error)}", fix)
    else:
        report.ok(client.subject, f"{client.role} may read marts in {full}")
