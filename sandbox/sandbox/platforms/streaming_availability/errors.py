"""Error bodies: an object with one ``message``, whatever the status (official description)."""

from __future__ import annotations

from http import HTTPStatus

from sandbox.platforms.core import Answer, RefusalError, as_json


def failure(status: int, message: str = "") -> Answer:
    """Return the error answer for an HTTP status; without a message it names the status."""
    return as_json({"message": message or _phrase(status)}, status)


def refuse(status: int, message: str = "") -> RefusalError:
    """Return the exception that makes an endpoint answer with an error."""
    return RefusalError(failure(status, message))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
