"""The account's set-up: every statement is understood, and no role gets more than its part."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
import sqlglot
import yaml
from sqlglot import TokenType, exp

FOLDER = Path(__file__).resolve().parents[2] / "load" / "snowflake"
FILES = sorted(FOLDER.glob("*.sql"))

# Statements that sqlglot keeps as text, by Snowflake's reference of CREATE ROLE, USER, RESOURCE
# MONITOR and MASKING POLICY, of ALTER USER, WAREHOUSE and TABLE, and of GRANT.
NAME = r"[a-z_][a-z_0-9]*"
POLICY = rf"raw \. governance \. {NAME}"
PROPERTY = rf"{NAME} = (?:'[^']*'|{NAME}|\d+)"
KNOWN_COMMANDS = [
    re.compile(pattern)
    for pattern in (
        rf"create role if not exists {NAME} comment = '[^']*'",
        rf"create user if not exists {NAME}(?: {PROPERTY})+",
        rf"alter user {NAME} set rsa_public_key = '<% {NAME} %>'",
        rf"grant role {NAME} to (?:role|user) {NAME}",
        (
            rf"create resource monitor if not exists {NAME} with credit_quota = \d+"
            r" frequency = monthly start_timestamp = immediately"
            r" triggers(?: on \d+ percent do (?:notify|suspend|suspend_immediate))+"
        ),
        rf"alter warehouse {NAME} set resource_monitor = {NAME}",
        (
            rf"create masking policy if not exists {POLICY}"
            r" as \( value (varchar|date) \) returns \1 -> case .* end"
        ),
        rf"grant apply on masking policy {POLICY} to role {NAME}",
        (
            rf"alter table if exists raw \. {NAME} \. {NAME} modify column {NAME}"
            rf" set masking policy {POLICY} force"
        ),
        (
            rf"grant (?:usage|select) on (?:all|future) (?:schemas|tables|views)"
            rf" in (?:database|schema) {NAME}(?: \. {NAME})? to role {NAME}"
        ),
    )
]


def statements(path: Path) -> list[str]:
    """Return the statements of a file, each with single spaces between its tokens."""
    found: list[list[str]] = [[]]
    for token in sqlglot.tokenize(path.read_text(), dialect="snowflake"):
        if token.token_type is TokenType.SEMICOLON:
            found.append([])
        elif token.token_type is TokenType.STRING:
            found[-1].append(f"'{token.text}'")
        else:
            found[-1].append(token.text.lower())
    return [" ".join(words) for words in found if words]


def grants() -> list[str]:
    return [
        statement
        for path in FILES
        for statement in statements(path)
        if statement.startswith("grant")
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_statement_is_snowflake_sql(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="sqlglot")
    for text in statements(path):
        (tree,) = sqlglot.parse(text, dialect="snowflake")
        if isinstance(tree, exp.Command):
            assert any(known.fullmatch(text) for known in KNOWN_COMMANDS), text


def test_files_are_numbered_without_a_gap() -> None:
    assert [path.name[:2] for path in FILES] == [
        f"{number:02}" for number in range(1, len(FILES) + 1)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_can_be_run_again(path: Path) -> None:
    for text in statements(path):
        if text.startswith("create"):
            assert " if not exists " in text
        else:
            kept = ("use role", "grant", "alter user", "alter warehouse", "alter table if exists")
            assert text.startswith(kept), text


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        ("loader", "analytics"),
        ("reporter", "raw"),
    ],
)
def test_roles_keep_to_their_database(role: str, forbidden: str) -> None:
    own = [text for text in grants() if text.endswith(f"to role {role}")]
    assert own
    assert not [text for text in own if forbidden in text]


def test_only_what_a_job_needs_is_granted() -> None:
    for text in grants():
        assert "all privileges" not in text
        assert "ownership" not in text
        if text.endswith("to role transformer") and "raw" in text:
            assert re.match(r"grant (usage|select) on ", text), text
        if text.endswith("to role reporter"):
            assert re.match(r"grant (usage|select) on ", text), text


def test_users_sign_in_with_a_key_pair_only() -> None:
    text = " ".join(statements(FOLDER / "05_users.sql"))
    users = re.findall(r"create user if not exists (\w+)", text)
    assert users
    assert text.count("type = service") == len(users)
    assert text.count("set rsa_public_key =") == len(users)
    assert "password" not in text


def test_every_variable_is_explained() -> None:
    readme = (FOLDER / "README.md").read_text()
    for path in FILES:
        for variable in re.findall(r"<% (\w+) %>", path.read_text()):
            assert f"<% {variable} %>" in readme
            assert f"--variable {variable}=" in readme


def test_warehouses_go_to_sleep() -> None:
    made = [text for text in statements(FOLDER / "02_warehouses.sql") if "create warehouse" in text]
    assert made
    for text in made:
        seconds = re.search(r"auto_suspend = (\d+)", text)
        assert seconds
        assert 0 < int(seconds.group(1)) <= 60
        assert "auto_resume = true" in text


def test_every_warehouse_has_a_monitor_that_ends_in_suspension() -> None:
    made = set(re.findall(r"create warehouse if not exists (\w+)", joined("02_warehouses.sql")))
    text = joined("07_resource_monitors.sql")
    monitors = dict(re.findall(r"create resource monitor if not exists (\w+) (.+?)(?:;|$)", text))
    watched = dict(re.findall(r"alter warehouse (\w+) set resource_monitor = (\w+)", text))
    assert set(watched) == made
    assert set(watched.values()) == monitors.keys()
    for triggers in monitors.values():
        assert "on 100 percent do suspend" in triggers


def test_what_is_masked_is_what_the_sources_mark_as_personal() -> None:
    sources = (
        FOLDER.parents[1] / "transform/models/staging/streaming_app/_streaming_app__sources.yml"
    )
    (declared,) = yaml.safe_load(sources.read_text())["sources"]
    personal = {
        (table["name"], column["name"])
        for table in declared["tables"]
        for column in table["columns"]
        if column.get("config", {}).get("meta", {}).get("personal_data")
    }
    masked = re.findall(
        r"alter table if exists raw \. streaming_app \. (\w+) modify column (\w+)",
        joined("08_masking.sql"),
    )
    assert len(masked) == len(set(masked))
    assert set(masked) == personal


def joined(name: str) -> str:
    return "; ".join(statements(FOLDER / name))
