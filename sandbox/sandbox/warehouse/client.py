"""A connection to the local Snowflake account, with no environment to prepare."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import snowflake.connector

from sandbox.settings import HOST, SandboxError
from sandbox.warehouse.credentials import ACCOUNT, PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.settings import Settings

_BUNDLE_VARIABLE = "REQUESTS_CA_BUNDLE"


def connect(
    settings: Settings,
    *,
    database: str | None = None,
    schema: str | None = None,
    role: str | None = None,
    warehouse: str = "REPORTING",
    **options: Any,
) -> snowflake.connector.SnowflakeConnection:
    """Log in through the sandbox's proxy with the account's password.

    The connector has no parameter for certificate authorities: ``REQUESTS_CA_BUNDLE`` is set in
    this process, to the bundle that holds the public ones and the sandbox's.

    Args:
        settings: Folder and ports of the sandbox.
        database: Database to use.
        schema: Schema to use.
        role: Role to take, by default the user's.
        warehouse: Warehouse to compute with.
        **options: Further parameters of ``snowflake.connector.connect``; they win.

    Raises:
        SandboxError: if the account has never been started.
        snowflake.connector.errors.Error: if the login is refused.
    """
    if not settings.ca_bundle.exists():
        message = "The local Snowflake account has never been started: run 'sandbox up'."
        raise SandboxError(message)
    os.environ[_BUNDLE_VARIABLE] = str(settings.ca_bundle)
    login: dict[str, Any] = {
        "account": ACCOUNT.lower(),
        "user": USER.lower(),
        "password": PASSWORD,
        "database": database,
        "schema": schema,
        "role": role,
        "warehouse": warehouse,
        "proxy_host": HOST,
        "proxy_port": str(settings.snowflake_proxy_port),
        "platform_detection_timeout_seconds": 0,
        "login_timeout": 20,
    }
    if "private_key" in options or "private_key_file" in options:
        login.pop("password")
    return snowflake.connector.connect(**{**login, **options})


def query(settings: Settings, sql: str) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
    """Run one statement with the account's password and the role that may do everything.

    Args:
        settings: Folder and ports of the sandbox.
        sql: A statement in Snowflake's SQL.

    Returns:
        Column names and rows.

    Raises:
        SandboxError: if the text is empty; with Snowflake's message, if the account refuses.
    """
    try:
        with connect(settings, role="ACCOUNTADMIN") as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            if cursor.description is None:
                message = "There is no statement to run."
                raise SandboxError(message)
            return [column.name for column in cursor.description], list(cursor.fetchall())
    except snowflake.connector.errors.Error as error:
        message = " ".join(str(error.msg).split())
        raise SandboxError(message) from error
