"""TMDB's error bodies.

Codes, statuses and texts are those of the official table (developer.themoviedb.org/docs/errors);
code 7, 22 and 34 were also seen in real answers. The body of 429 is the one a client reported
in php-tmdb/api#154: it has no ``success`` key.
"""

from __future__ import annotations

from sandbox.platforms.core import Answer, RefusalError, as_json

CODES: dict[int, tuple[int, str]] = {
    2: (501, "Invalid service: this service does not exist."),
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    6: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    11: (500, "Internal error: Something went wrong, contact TMDb."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    21: (200, "Entry not found: The item you are trying to edit cannot be found."),
    22: (
        400,
        "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
    ),
    23: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    24: (504, "Your request to the backend server timed out. Try again."),
    27: (
        400,
        "Too many append to response objects: The maximum number of remote calls is 20.",
    ),
    34: (404, "The resource you requested could not be found."),
    42: (405, "This request method is not supported for this resource."),
    43: (502, "Couldn't connect to the backend server."),
}
"""Status code of the body to HTTP status and text."""

_CODE_OF_STATUS = {200: 21, 401: 7, 404: 34, 405: 42, 422: 5, 501: 2, 502: 43, 503: 9, 504: 24}
_TOO_MANY = {
    "status_code": 25,
    "status_message": "Your request count (41) is over the allowed limit of 40.",
}
_PAGE = (
    b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n"
    b"<center><h1>404 Not Found</h1></center>\r\n<hr><center>openresty</center>\r\n"
    b"</body>\r\n</html>\r\n"
)

NOT_PLAYED = Answer(404, _PAGE, "text/html")
"""Paths outside /3 and /4 get the web server's page, whatever the key (CAULDRON-TMDB)."""


def error(code: int) -> Answer:
    """Return TMDB's answer for one of its error codes."""
    status, text = CODES[code]
    return as_json({"success": False, "status_code": code, "status_message": text}, status)


def refuse(code: int) -> RefusalError:
    """Return the exception that makes an endpoint answer with an error code."""
    return RefusalError(error(code))


def failure(status: int) -> Answer:
    """Return TMDB's error answer for an HTTP status."""
    if status == 429:  # noqa: PLR2004
        return as_json(_TOO_MANY, status)
    code = _CODE_OF_STATUS.get(status, 11)
    text = CODES[code][1]
    return as_json({"success": False, "status_code": code, "status_message": text}, status)
