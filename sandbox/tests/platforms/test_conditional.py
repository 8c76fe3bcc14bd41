"""Tags of answers, and 304 for those who have them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.platforms.inprocess import InProcessClient

FILMS = "/tmdb/3/movie/popular?api_key=sandbox"
SHOWS = "/tvmaze/shows?page=0"


@pytest.mark.parametrize("path", [FILMS, SHOWS])
def test_whoever_has_the_answer_gets_304(client: InProcessClient, path: str) -> None:
    whole = client.get(path)
    tag = whole.headers["etag"]
    answer = client.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == whole.headers["cache-control"]
    assert not {"content-type", "content-length"} & set(answer.headers)
    name = path.split("/")[1]
    found = client.get("/_sandbox/requests").json()["platforms"][name]
    assert found["statuses"] == {"200": 1, "304": 1}


def test_forms_of_the_condition(client: InProcessClient) -> None:
    tag = client.get(SHOWS).headers["etag"]
    for condition in ("*", tag.removeprefix("W/"), f'"other", {tag}', f'{tag},"other"'):
        assert client.get(SHOWS, headers={"If-None-Match": condition}).status_code == 304
    for condition in ('"other"', tag.strip('W/"'), ""):
        assert client.get(SHOWS, headers={"If-None-Match": condition}).status_code == 200


def test_a_tag_is_that_of_the_body(
    client: InProcessClient, later: Callable[[timedelta], None]
) -> None:
    first, other = client.get(FILMS), client.get(f"{FILMS}&page=2")
    assert first.headers["etag"] != other.headers["etag"]
    later(timedelta(hours=1))
    same = client.get("/tmdb/3/configuration?api_key=sandbox").headers["etag"]
    later(timedelta(days=20))
    assert client.get("/tmdb/3/configuration?api_key=sandbox").headers["etag"] == same
    moved = client.get(FILMS, headers={"If-None-Match": first.headers["etag"]})
    assert moved.status_code == 200
    assert moved.headers["etag"] != first.headers["etag"]


def test_errors_have_no_tag(client: InProcessClient) -> None:
    for path in ("/tvmaze/shows/0", "/tmdb/3/movie/1"):
        answer = client.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code in (401, 404)
        assert "etag" not in answer.headers


def test_a_spoilt_answer_has_another_tag(client: InProcessClient) -> None:
    tag = client.get(SHOWS).headers["etag"]
    client.put("/_sandbox/faults", json=[{"kind": "truncate"}])
    answer = client.get(SHOWS, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["etag"] != tag
