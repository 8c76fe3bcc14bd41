"""One answer of a whole run is spoilt: the records are right, or an error says so and a later run
makes them right.

`make reliability` spoils a thousand. What is in a body that is whole, and of the right shape, is
what the platform says: only `test_odd_bodies` changes that.
"""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from whole_tap import (
    PLATFORMS,
    attempt,
    check_states,
    config,
    differences,
    forget_what_was_spent,
    hasty,
    kept,
    living,
    some_shows,
    streams_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

__all__ = ["hasty"]

CASES = 1000 if "RELIABILITY_ROUNDS" in os.environ else 12
SEED = int(os.environ.get("RELIABILITY_SEED", "20261129"))
ERRORS: dict[str, list[Any]] = {
    "tmdb": [{"success": False, "status_code": 11, "status_message": "Internal error"}],
    "tvmaze": [{"name": "Error", "message": "", "code": 0, "status": 500}],
    "sa": [{"message": "Internal server error"}],
    "watchmode": [{"success": False, "statusCode": 500, "statusMessage": "Internal error"}],
}
HTML = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


def cut(content: bytes, _: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    """Cut a body off, with a length that is right for what is left."""
    return content[: chance.randrange(len(content))], {}


def packed_and_cut(content: bytes, _: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    packed = gzip.compress(content, mtime=0)
    return packed[: chance.randrange(len(packed) - 8)], {"Content-Encoding": "gzip"}


def packed_and_flipped(content: bytes, _: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    packed = bytearray(gzip.compress(content, mtime=0))
    packed[chance.randrange(10, len(packed) - 4)] ^= 1 << chance.randrange(8)
    return bytes(packed), {"Content-Encoding": "gzip"}


def not_packed(content: bytes, _: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    return content, {"Content-Encoding": chance.choice(["gzip", "deflate"])}


def html(_: bytes, __: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    kind = chance.choice(["text/html", "application/json"])
    return HTML, {"Content-Type": kind}


def empty(_: bytes, __: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    return chance.choice([b"", b" ", b"\n", b"\xef\xbb\xbf"]), {}


def another_shape(_: bytes, __: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    return chance.choice([b"null", b'"text"', b"0", b"true", b"[[]]", b"[null]", b'["a"]']), {}


def error_object(_: bytes, platform: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    return json.dumps(chance.choice(ERRORS[platform])).encode(), {}


def twice(content: bytes, _: str, __: Random) -> tuple[bytes, dict[str, str]]:
    return content + content, {}


def not_text(content: bytes, _: str, chance: Random) -> tuple[bytes, dict[str, str]]:
    at = chance.randrange(1, len(content))
    return content[:at] + b"\x00\xff" + content[at:], {}


SPOIL: dict[str, Any] = {
    one.__name__: one
    for one in (cut, packed_and_cut, packed_and_flipped, not_packed, html, empty, another_shape,
                error_object, twice, not_text)
}  # fmt: skip
TIMES = (1, 3, 10**6)
"""How many answers in a row are spoilt; the tap asks four times."""


class Spoiler:
    """Stands between the tap and a platform, and spoils some of the answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = 0
        self.first, self.times = -1, 0
        self.how: Any = cut
        self.platform, self.chance = "", Random(0)
        send = HTTPAdapter.send

        def spoilt_send(adapter: HTTPAdapter, request: Any, **options: Any) -> requests.Response:
            response = send(adapter, request, **options)
            if response.status_code == 200 and request.method == "GET":
                self.seen += 1
                if self.first <= self.seen < self.first + self.times:
                    return self.spoil(response)
            return response

        monkeypatch.setattr(HTTPAdapter, "send", spoilt_send)

    def spoil(self, response: requests.Response) -> requests.Response:
        content, headers = self.how(response.content, self.platform, self.chance)
        kept = {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in ("content-length", "content-encoding", "transfer-encoding")
        }
        response.headers.update({**headers, "Content-Length": str(len(content))})
        response.raw = HTTPResponse(
            BytesIO(content), {**kept, **headers}, 200, preload_content=False
        )
        response._content, response._content_consumed = False, False
        return response

    def rest(self) -> None:
        self.first, self.times = -1, 0

    def begin(self, platform: str, chance: Random, answers: int) -> None:
        """Choose which answers of a run to spoil, and how."""
        self.seen = 0
        self.platform, self.chance = platform, chance
        self.first, self.times = chance.randint(1, answers), chance.choice(TIMES)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("platform", PLATFORMS)
def test_spoilt_answers(
    sandbox: Any,
    platform: str,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, Any], None],
) -> None:
    forget_what_was_spent(sandbox)
    settings = config(sandbox, request_max_tries=4, concurrent_requests=4)
    if platform == "tvmaze":
        settings["title_ids"] = some_shows(sandbox)
        forget_what_was_spent(sandbox)
    spoiler = Spoiler(monkeypatch)
    right: dict[str, Any] = {}
    ended: Counter[str] = Counter()
    for number in range(CASES // len(PLATFORMS)):
        chance = Random(f"{SEED}/{platform}/{number}")
        stream = chance.choice(streams_of(platform))
        if stream not in right:
            spoiler.seen = 0
            messages, error = attempt([stream], None, settings)
            assert error is None
            right[stream] = living(messages.all), spoiler.seen
            forget_what_was_spent(sandbox)
        rows, answers = right[stream]
        spoiler.begin(platform, chance, answers)
        name = [*SPOIL][number % len(SPOIL)]
        spoiler.how = SPOIL[name]
        messages, error = attempt([stream], None, settings)
        assert spoiler.seen >= spoiler.first, "nothing was spoilt"
        spoiler.rest()
        check_states(messages)
        parts = [kept(messages, error)]
        if error is not None:
            assert "\n" not in str(error)
            state = messages.states[-1] if messages.states else None
            forget_what_was_spent(sandbox)
            rest, none = attempt([stream], state, settings)
            assert none is None
            parts.append(rest.all)
        assert differences(living(*parts), rows) == [], f"case {number}: {name}, {stream}"
        ended["right at once" if error is None else "an error, and right after the next run"] += 1
        forget_what_was_spent(sandbox)
    record_property(
        "malformed",
        f"answers of {platform:9} {CASES // len(PLATFORMS):3} cases: "
        + ", ".join(f"{count:3} {how}" for how, count in sorted(ended.items(), reverse=True)),
    )
