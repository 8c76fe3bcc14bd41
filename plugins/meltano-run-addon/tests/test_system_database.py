"""What is said when Meltano's own database cannot be used, in place of a stack trace."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "postgresql+psycopg://meltano:a-secret@127.0.0.1:1/meltano",
            ("Meltano cannot use its own database, ", "port 1 failed", "see MELTANO_DATABASE_URI"),
        ),
        (
            "postgresql//meltano:a-secret@host",
            ("MELTANO_DATABASE_URI is no address of a database that is known: as in postgresql+",),
        ),
        (
            "oracle://meltano:a-secret@host/meltano",
            ("MELTANO_DATABASE_URI is no address", "(No module named 'cx_Oracle')"),
        ),
    ],
)
def test_it_is_said_in_a_line(project, address: str, said: tuple[str, ...]) -> None:
    done = project.meltano(
        "invoke",
        "say:hello",
        MELTANO_DATABASE_URI=address,
        MELTANO_DATABASE_MAX_RETRIES="0",
    )
    assert done.returncode == 1
    for part in said:
        assert part in done.stdout
    assert "Traceback" not in done.stdout
    assert "a-secret" not in done.stdout
