"""The SQL that sets up an account runs against the local one, twice, as far as that goes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlglot
from snowflake.connector.errors import ProgrammingError
from sqlglot import TokenType

from sandbox.warehouse import client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace import Workspace

pytestmark = pytest.mark.pipeline

FOLDER = Path(__file__).resolve().parents[2] / "load" / "snowflake"
UNSUPPORTED = 2
# Monitors and policies are not played by the local account, which says so.
BEYOND = ("create resource monitor", "create masking policy", "set masking policy")


def statements(path: Path) -> Iterator[str]:
    text = re.sub(r"<% \w+ %>", "a key", path.read_text())
    start = 0
    for token in sqlglot.tokenize(text, dialect="snowflake"):
        if token.token_type is TokenType.SEMICOLON:
            yield text[start : token.start].strip()
            start = token.end + 1


def test_the_account_can_be_set_up_again_and_again(workspace: Workspace) -> None:
    refused: list[str] = []
    with client.connect(workspace.settings) as connection, connection.cursor() as cursor:
        for path in sorted(FOLDER.glob("*.sql")) * 2:
            for statement in statements(path):
                try:
                    cursor.execute(statement)
                except ProgrammingError as error:
                    if error.errno != UNSUPPORTED:
                        raise
                    refused.append(" ".join(statement.lower().split()))
        cursor.execute("show roles")
        roles = {row[1] for row in cursor.fetchall()}
        cursor.execute("show grants to role reporter")
        granted = {(row[1], row[3]) for row in cursor.fetchall()}
    assert refused
    for statement in refused:
        assert any(words in statement for words in BEYOND), statement
    assert {"LOADER", "TRANSFORMER", "REPORTER", "PERSONAL_DATA_READER"} <= roles
    assert ("USAGE", "ANALYTICS.STREAMING") in granted
    assert not [name for _, name in granted if name.startswith("RAW")]
