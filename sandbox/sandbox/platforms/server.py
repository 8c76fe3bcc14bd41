"""The HTTP server that plays all platforms on one loopback port."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import uvicorn

from sandbox.platforms import connections
from sandbox.platforms.admin import PREFIX, admin_app
from sandbox.platforms.conditional import NOT_MODIFIED, conditional
from sandbox.platforms.core import Answer, Call, Query, RefusalError
from sandbox.platforms.faults import Faults, Rule
from sandbox.platforms.ledger import TOO_MANY, Ledger
from sandbox.platforms.live import Live
from sandbox.platforms.registry import PLATFORMS
from sandbox.settings import HOST, SandboxError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from starlette.types import Message, Receive, Scope, Send

    from sandbox.platforms.core import Headers, Platform
    from sandbox.settings import Settings

_log = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"
ERROR_PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"
)
NOT_HERE = b"Nothing here. Platforms: %s; the sandbox's own addresses: /_sandbox/health\n"
MOST_KEPT = 10_000
BREAKING_SECONDS = 5.0
CACHED = (200, 301, NOT_MODIFIED, 404)
OF_ROWS = ("duplicate_rows", "empty_page", "null_ids")
REPLACING = ("status", "rate_limit", "retry_after", "rate", "html", "empty")


class PlatformServer:
    """ASGI application: the platforms by first path segment, and the sandbox's own addresses."""

    def __init__(self, live: Live, platforms: Sequence[Platform] = PLATFORMS) -> None:
        """Play these platforms from this world."""
        self.live = live
        self.platforms = {platform.name: platform for platform in platforms}
        self.faults = Faults(self.platforms)
        self.ledger = Ledger(self.platforms)
        self._admin = admin_app(live, self.faults, self.ledger, self.platforms)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; each answer's ``Date`` is the world's clock."""
        if scope["type"] != "http":
            message = f"only HTTP is played here, not {scope['type']}"
            raise RuntimeError(message)
        send = _dated(send, self.live.clock())
        path: str = scope["path"]
        name = path.split("/", 2)[1]
        if name in self.platforms:
            await self._play(self.platforms[name], scope, receive, send)
        elif path.startswith(PREFIX):
            await self._admin(scope, receive, send)
        else:
            body = NOT_HERE % ", ".join(f"/{key}" for key in self.platforms).encode()
            await _send(send, Answer(404, body, "text/plain; charset=utf-8"))

    async def _play(self, platform: Platform, scope: Scope, receive: Receive, send: Send) -> None:
        query: str = scope["query_string"].decode("latin-1")
        path = scope["path"].removeprefix(f"/{platform.name}") or "/"
        found = platform.find(path)
        self.ledger.arrived(platform.name, found[0] if found else None)
        target = f"{scope['path']}?{query}" if query else scope["path"]
        rules = self.faults.firing(platform.name, target, platform.limit)
        for rule in rules:
            self.ledger.played(platform.name, rule.kind)
            if rule.kind == "slow":
                await asyncio.sleep(rule.number("seconds", 1))
            elif rule.kind == "hang":
                await _until_gone(receive, rule.number("seconds", 3600))
                connections.reset(scope)
                await _until_gone(receive, BREAKING_SECONDS)
                return
            elif rule.kind == "reset" and connections.reset(scope):
                await _until_gone(receive, BREAKING_SECONDS)
                return
        try:
            answer = self._answer(platform, scope, path, query, rules)
        except Exception:  # noqa: BLE001
            _log.exception("%s %s failed", scope["method"], scope["path"])
            answer = platform.failure(500)
        answer = self._accounted(platform, answer)
        self.ledger.answered(platform.name, answer.status)
        if any(rule.kind == "disconnect" for rule in rules):
            half = answer.body[: len(answer.body) // 2]
            await send(_start(answer, platform))
            await send({"type": "http.response.body", "body": half, "more_body": True})
            connections.close(scope)
            await _until_gone(receive, BREAKING_SECONDS)
            return
        await _send(send, answer, platform)

    def _answer(
        self, platform: Platform, scope: Scope, path: str, query: str, rules: Sequence[Rule]
    ) -> Answer:
        for rule in rules:
            if rule.kind in REPLACING:
                return _fault_answer(platform, rule, self.live.clock())
        behind = sum(rule.number("seconds", 3600) for rule in rules if rule.kind == "stale")
        headers = {name.decode("latin-1"): raw.decode("latin-1") for name, raw in scope["headers"]}
        call = Call(
            snapshot=self.live.snapshot(timedelta(seconds=behind)),
            path=path,
            query=Query(query),
            headers=headers,
            base_url=f"{scope.get('scheme', 'http')}://{headers.get('host', HOST)}/{platform.name}",
            spent=self.ledger.spent(platform.name, self._month()),
        )
        answer = _endpoint_answer(platform, scope["method"], call, query)
        if platform.plan and answer.status == 200:  # noqa: PLR2004
            self.ledger.spend(platform.name, self._month(), platform.plan.cost(call))
        for rule in rules:
            answer = _spoilt(platform, rule, answer)
        return conditional(answer, headers) if platform.is_cacheable else answer

    def _month(self) -> str:
        return f"{self.live.clock():%Y-%m}"

    def _accounted(self, platform: Platform, answer: Answer) -> Answer:
        """Add what the platform says about credits to an answer of any kind."""
        if platform.plan is None:
            return answer
        spent = self.ledger.spent(platform.name, self._month())
        recent = self.ledger.recent(platform.name, platform.limit.seconds)
        headers = platform.plan.headers(spent, recent, answer.status)
        return replace(answer, headers=(*answer.headers, *headers))


def _endpoint_answer(platform: Platform, method: str, call: Call, query: str) -> Answer:
    """Guard, look up, run; good answers are kept for as long as the clock stands."""
    refused = platform.guard(call)
    if refused:
        return refused
    found = platform.find(call.path)
    if found is None:
        return platform.failure(404)
    if method not in ("GET", "HEAD"):
        return platform.failure(405)
    call = replace(call, values=found[2])
    if platform.plan and call.spent >= platform.plan.credits and platform.plan.cost(call):
        return platform.plan.refusal
    kept = call.snapshot.answers
    key = (platform.name, call.path, query)
    answer = kept.get(key)
    if answer is None:
        try:
            answer = found[1](call)
        except RefusalError as refusal:
            return refusal.answer
        if answer.status == 200 and answer.lasts:  # noqa: PLR2004
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = answer
    return answer


def _fault_answer(platform: Platform, rule: Rule, clock: datetime) -> Answer:
    if rule.kind == "html":
        return Answer(int(rule.number("status", 502)), ERROR_PAGE, HTML)
    if rule.kind == "empty":
        return Answer(int(rule.number("status", 200)), b"")
    status = int(rule.number("status", TOO_MANY))
    answer = platform.failure(status)
    if "body" in rule.given:
        answer = Answer(status, rule.given["body"].encode())
    seconds: float | None = None
    if rule.kind == "retry_after":
        seconds = rule.number("seconds", 1)
    elif rule.kind == "status" and "retry_after" in rule.given:
        seconds = rule.number("retry_after", 0)
    elif rule.kind == "rate" and rule.given.get("retry_after"):
        seconds = rule.number("seconds", platform.limit.seconds)
    if seconds is None:
        return answer
    wait = f"{seconds:g}"
    if rule.given.get("http_date"):
        wait = format_datetime(clock + timedelta(seconds=seconds), usegmt=True)
    return Answer(status, answer.body, answer.media_type, (("retry-after", wait),))


def _spoilt(platform: Platform, rule: Rule, answer: Answer) -> Answer:
    if rule.kind == "truncate":
        half = answer.body[: len(answer.body) // 2]
        return Answer(answer.status, half, answer.media_type, answer.headers)
    return _with_other_rows(platform, rule, answer) if rule.kind in OF_ROWS else answer


def _with_other_rows(platform: Platform, rule: Rule, answer: Answer) -> Answer:
    """Change the list of rows in a body; an answer without one stays as it is."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return answer
    rows = platform.rows(body)
    if not rows:
        return answer
    count = int(rule.number("rows", 1))
    if rule.kind == "duplicate_rows":
        rows.extend(rows[:count])
    elif rule.kind == "empty_page":
        rows.clear()
    else:
        rows[:count] = [
            {**row, "id": None} if isinstance(row, dict) else row for row in rows[:count]
        ]
    text = json.dumps(body, ensure_ascii=False)
    return Answer(answer.status, text.encode(), answer.media_type, answer.headers)


async def _until_gone(receive: Receive, seconds: float) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


async def _send(send: Send, answer: Answer, platform: Platform | None = None) -> None:
    await send(_start(answer, platform))
    await send({"type": "http.response.body", "body": answer.body})


def _start(answer: Answer, platform: Platform | None) -> Message:
    common: Headers = platform.headers if platform else ()
    media_type = answer.media_type or (platform.media_type if platform else "")
    about_body = [("content-type", media_type), ("content-length", str(len(answer.body)))]
    headers = [
        *(about_body if answer.status != NOT_MODIFIED else ()),
        *(pair for pair in common if pair[0] != "cache-control" or answer.status in CACHED),
        *answer.headers,
    ]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": answer.status, "headers": raw}


def _dated(send: Send, clock: datetime) -> Send:
    date = (b"date", format_datetime(clock, usegmt=True).encode())

    async def with_date(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ())]
            headers.append(date)
            message = {**message, "headers": headers}
        await send(message)

    return with_date


def serve(settings: Settings) -> None:
    """Serve all platforms on the loopback address until SIGTERM or SIGINT.

    Raises:
        SandboxError: if there is no world yet or the port is taken.
    """
    live = Live(settings.world_file)
    config = uvicorn.Config(
        PlatformServer(live),
        http=connections.TrackedProtocol,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
    )
    listener = _listener(settings.platforms_port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _nothing_more)
    uvicorn.Server(config).run(sockets=[listener])


def _nothing_more(*_: object) -> None:
    """Uvicorn stops on a signal, then raises it again for the handler it found."""


def _listener(port: int) -> socket.socket:
    """Listen; asyncio turns Nagle's delay (44 ms a request) off only for what says it is TCP."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = (
            f"Port {port} for the platform APIs is not free ({error.strerror}): stop what listens "
            "there or set SANDBOX_PORT_BASE to another number."
        )
        raise SandboxError(message) from error
    return listener
