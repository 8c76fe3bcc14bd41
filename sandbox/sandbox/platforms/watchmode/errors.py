"""Watchmode's error bodies.

The one for a wrong key was seen live by the CauldronUp/cauldron project; it has another shape than
the documented one, which all others have here. Statuses and the texts of 400 (changes) and 429
are the documentation's; the body of 404 was never seen.
"""

from __future__ import annotations

from http import HTTPStatus

from sandbox.platforms.core import Answer, RefusalError, as_json

WRONG_KEY = as_json({"success": False, "errorMessage": "Please enter a valid API key."}, 401)

_TEXTS = {
    402: "Over plan quota on this API Key.",
    404: "The resource does not exist.",
    429: "The rate limit was exceeded.",
}


def failure(status: int, text: str | None = None) -> Answer:
    """Return Watchmode's error answer for an HTTP status."""
    message = text or _TEXTS.get(status) or _phrase(status)
    return as_json({"success": False, "statusCode": status, "statusMessage": message}, status)


def refuse(status: int, text: str | None = None) -> RefusalError:
    """Return the exception that makes an endpoint answer with an error."""
    return RefusalError(failure(status, text))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
