"""Conditional requests: an answer's ``ETag``, and 304 to whoever has that answer already."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sandbox.platforms.core import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_MODIFIED = 304


def conditional(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return a good answer with its tag, or 304 without a body if the client names that tag.

    Tags are weak ones of 32 hex digits, as TMDB sends them, and depend on the body alone.

    Args:
        answer: Any answer; others than 200 have no tag.
        headers: Of the request, names in lower case.
    """
    if answer.status != 200:  # noqa: PLR2004
        return answer
    tag = f'W/"{hashlib.blake2b(answer.body, digest_size=16).hexdigest()}"'
    tagged = (*answer.headers, ("etag", tag))
    wanted = {_opaque(one) for one in headers.get("if-none-match", "").split(",")}
    if not wanted.isdisjoint(("*", _opaque(tag))):
        return Answer(NOT_MODIFIED, b"", headers=tagged)
    return Answer(answer.status, answer.body, answer.media_type, tagged)


def _opaque(tag: str) -> str:
    """Tags are compared without their mark of weakness (RFC 9110, section 13.1.2)."""
    return tag.strip().removeprefix("W/")
