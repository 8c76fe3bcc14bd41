"""Fault rules: what they check, when they fire and what they do to answers."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.platforms.core import Limit
from sandbox.platforms.faults import KINDS, FaultRuleError, Faults

if TYPE_CHECKING:
    from sandbox.platforms.inprocess import InProcessClient

RULES = "/_sandbox/faults"
SHOWS = "/tvmaze/shows?page=0"
FILMS = "/tmdb/3/movie/popular?api_key=sandbox"


def fired(faults: Faults, count: int, target: str = "/x") -> list[bool]:
    return [bool(faults.firing("tmdb", target, Limit(2, 1))) for _ in range(count)]


def faults_with(*rules: dict[str, Any], clock: Any = None) -> Faults:
    faults = Faults(["tmdb", "tvmaze"], clock or (lambda: 0.0))
    faults.replace(list(rules))
    return faults


class TestRules:
    def test_every_call(self) -> None:
        assert fired(faults_with({"kind": "reset"}), 3) == [True] * 3

    def test_after_and_times(self) -> None:
        faults = faults_with({"kind": "reset", "after": 2, "times": 1})
        assert fired(faults, 5) == [False, False, True, False, False]
        described = faults.described()[0]
        assert (described["seen"], described["hits"]) == (5, 1)

    def test_platform_and_path(self) -> None:
        faults = faults_with({"kind": "reset", "platform": "tmdb", "path": r"/movie/\d+\?"})
        assert fired(faults, 1, "/tmdb/3/movie/5?language=en") == [True]
        assert fired(faults, 1, "/tmdb/3/movie/5") == [False]
        assert not faults.firing("tvmaze", "/movie/5?", Limit(2, 1))

    def test_chance_is_repeatable(self) -> None:
        rule = {"kind": "reset", "probability": 0.3, "seed": 4}
        first = fired(faults_with(rule), 400)
        assert fired(faults_with(rule), 400) == first
        assert fired(faults_with({**rule, "seed": 5}), 400) != first
        assert 70 < sum(first) < 170

    def test_rate(self) -> None:
        now = [0.0]
        faults = faults_with({"kind": "rate"}, clock=lambda: now[0])
        assert fired(faults, 4) == [False, False, True, True]
        now[0] = 0.9
        assert fired(faults, 1) == [True]
        now[0] = 1.1
        assert fired(faults, 3) == [False, False, True]

    def test_rate_of_ones_own(self) -> None:
        faults = faults_with({"kind": "rate", "requests": 3, "seconds": 10})
        assert fired(faults, 4) == [False, False, False, True]

    @pytest.mark.parametrize(
        ("rules", "field"),
        [
            ({"kind": "reset"}, "[]"),
            (["reset"], "[0]"),
            ([{}], "[0].kind"),
            ([{"kind": "explode"}], "[0].kind"),
            ([{"kind": "reset"}, {"kind": "reset", "tims": 1}], "[1].tims"),
            ([{"kind": "reset", "status": 500}], "[0].status"),
            ([{"kind": "reset", "platform": "trakt"}], "[0].platform"),
            ([{"kind": "reset", "path": "("}], "[0].path"),
            ([{"kind": "reset", "path": 5}], "[0].path"),
            ([{"kind": "reset", "times": 0}], "[0].times"),
            ([{"kind": "reset", "times": None}], "[0].times"),
            ([{"kind": "reset", "times": True}], "[0].times"),
            ([{"kind": "reset", "after": -1}], "[0].after"),
            ([{"kind": "reset", "probability": 1.5}], "[0].probability"),
            ([{"kind": "reset", "probability": "often"}], "[0].probability"),
            ([{"kind": "status"}], "[0].status"),
            ([{"kind": "status", "status": 99}], "[0].status"),
            ([{"kind": "status", "status": 600}], "[0].status"),
            ([{"kind": "status", "status": 500, "body": {}}], "[0].body"),
            ([{"kind": "slow", "seconds": -1}], "[0].seconds"),
            ([{"kind": "rate", "retry_after": 5}], "[0].retry_after"),
        ],
    )
    def test_a_wrong_rule_is_refused_by_field(self, rules: Any, field: str) -> None:
        faults = faults_with({"kind": "reset"})
        with pytest.raises(FaultRuleError) as caught:
            faults.replace(rules)
        assert caught.value.field == field
        assert len(faults.described()) == 1


class TestAddresses:
    def test_put_get_delete(self, client: InProcessClient) -> None:
        rule = {"kind": "status", "status": 500, "times": 1}
        assert client.put(RULES, json=[rule]).json() == [{**rule, "seen": 0, "hits": 0}]
        assert client.get(SHOWS).status_code == 500
        assert client.get(SHOWS).status_code == 200
        assert client.get(RULES).json() == [{**rule, "seen": 2, "hits": 1}]
        assert client.delete(RULES).json() == []
        assert client.get(RULES).json() == []

    def test_errors_name_the_field(self, client: InProcessClient) -> None:
        answer = client.put(RULES, json=[{"kind": "slow", "second": 3}])
        assert answer.status_code == 400
        assert answer.json()["field"] == "[0].second"
        assert answer.json()["error"].startswith("[0].second: ")
        answer = client.put(RULES, content=b"[")
        assert (answer.status_code, answer.json()["field"]) == (400, "[]")

    def test_kinds_are_described(self, client: InProcessClient) -> None:
        assert set(client.get(f"{RULES}/kinds").json()) == set(KINDS)

    def test_faults_are_counted(self, client: InProcessClient) -> None:
        client.put(RULES, json=[{"kind": "rate_limit", "times": 2}])
        for _ in range(3):
            client.get(SHOWS)
        found = client.get("/_sandbox/requests").json()["platforms"]["tvmaze"]
        assert found["faults"] == {"rate_limit": 2}
        assert found["rate_limited"] == 2
        assert found["statuses"] == {"200": 1, "429": 2}


class TestAnswers:
    @staticmethod
    def play(client: InProcessClient, path: str, **rule: Any) -> Any:
        assert client.put(RULES, json=[rule]).status_code == 200
        return client.get(path)

    @pytest.mark.parametrize(("status", "code"), [(500, 11), (502, 43), (503, 9), (504, 24)])
    def test_status_with_the_platforms_body(
        self, client: InProcessClient, status: int, code: int
    ) -> None:
        answer = self.play(client, FILMS, kind="status", status=status)
        assert answer.status_code == status
        assert answer.json()["status_code"] == code
        assert answer.json()["success"] is False
        answer = client.get(SHOWS)
        assert answer.json()["status"] == status

    def test_status_with_a_body_and_header(self, client: InProcessClient) -> None:
        answer = self.play(client, FILMS, kind="status", status=503, body="<oops>", retry_after=7)
        assert answer.text == "<oops>"
        assert answer.headers["retry-after"] == "7"

    def test_429_without_retry_after(self, client: InProcessClient) -> None:
        answer = self.play(client, FILMS, kind="rate_limit")
        assert answer.status_code == 429
        assert "retry-after" not in answer.headers
        assert set(answer.json()) == {"status_code", "status_message"}

    def test_429_with_retry_after(self, client: InProcessClient) -> None:
        answer = self.play(client, SHOWS, kind="retry_after", seconds=3)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
        answer = self.play(client, SHOWS, kind="retry_after", seconds=90, http_date=True)
        assert answer.headers["retry-after"] == "Mon, 23 Nov 2026 09:01:30 GMT"

    def test_documented_limit_on_demand(self, client: InProcessClient) -> None:
        client.put(RULES, json=[{"kind": "rate", "platform": "tvmaze", "retry_after": True}])
        answers = [client.get(SHOWS) for _ in range(22)]
        assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 2
        assert answers[-1].headers["retry-after"] == "10"
        assert client.get(FILMS).status_code == 200

    def test_no_limit_by_default(self, client: InProcessClient) -> None:
        assert {client.get(SHOWS).status_code for _ in range(60)} == {200}

    def test_truncated(self, client: InProcessClient) -> None:
        whole = client.get(SHOWS)
        answer = self.play(client, SHOWS, kind="truncate")
        assert answer.status_code == 200
        assert whole.content.startswith(answer.content)
        with pytest.raises(json.JSONDecodeError):
            answer.json()

    def test_html(self, client: InProcessClient) -> None:
        answer = self.play(client, FILMS, kind="html")
        assert answer.status_code == 502
        assert answer.headers["content-type"].startswith("text/html")
        assert self.play(client, FILMS, kind="html", status=200).text.startswith("<html>")

    def test_empty(self, client: InProcessClient) -> None:
        answer = self.play(client, FILMS, kind="empty")
        assert (answer.status_code, answer.content) == (200, b"")

    def test_duplicate_rows(self, client: InProcessClient) -> None:
        films = client.get(FILMS).json()["results"]
        shows = client.get(SHOWS).json()
        found = self.play(client, FILMS, kind="duplicate_rows", rows=2)
        assert found.json()["results"] == [*films, *films[:2]]
        assert client.get(SHOWS).json() == [*shows, *shows[:2]]

    def test_a_page_that_vanishes_while_paging(self, client: InProcessClient) -> None:
        whole = client.get(FILMS).json()
        found = self.play(client, FILMS, kind="empty_page")
        assert whole["results"]
        assert found.json() == {**whole, "results": []}
        assert client.get(SHOWS).json() == []
        client.put(RULES, json=[{"kind": "empty_page", "path": "page=2"}])
        assert client.get(FILMS).json() == whole
        assert client.get(f"{FILMS}&page=2").json()["results"] == []

    def test_rows_without_an_id(self, client: InProcessClient) -> None:
        films = client.get(FILMS).json()
        first, second, *others = films["results"]
        bare = [{**first, "id": None}, {**second, "id": None}, *others]
        found = self.play(client, FILMS, kind="null_ids", rows=2)
        assert found.json() == {**films, "results": bare}
        assert [row["id"] for row in client.get(SHOWS).json()].count(None) == 2

    @pytest.mark.parametrize("kind", ["duplicate_rows", "empty_page", "null_ids"])
    def test_faults_of_rows_need_rows(self, client: InProcessClient, kind: str) -> None:
        path = "/tmdb/3/configuration?api_key=sandbox"
        whole = client.get(path)
        assert self.play(client, path, kind=kind).content == whole.content

    def test_stale(self, client: InProcessClient) -> None:
        path = "/tvmaze/updates/shows"
        fresh = client.get(path).json()
        old = self.play(client, path, kind="stale", seconds=20 * 86400).json()
        assert max(old.values()) < max(fresh.values())

    def test_slow(self, client: InProcessClient) -> None:
        client.put(RULES, json=[{"kind": "slow", "seconds": 0.2, "times": 1}])
        began = time.monotonic()
        answer = client.get(SHOWS)
        assert time.monotonic() - began >= 0.2
        assert answer.status_code == 200

    def test_several_at_once(self, client: InProcessClient) -> None:
        rules = [{"kind": "slow", "seconds": 0.1}, {"kind": "status", "status": 500}]
        client.put(RULES, json=rules)
        assert client.get(SHOWS).status_code == 500
        assert [rule["hits"] for rule in client.get(RULES).json()] == [1, 1]
