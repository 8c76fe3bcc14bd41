"""The sandbox's own addresses under ``/_sandbox``: health, request counts and fault rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.platforms.faults import KINDS, WHOLE, FaultRuleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from sandbox.platforms.faults import Faults
    from sandbox.platforms.ledger import Ledger
    from sandbox.platforms.live import Live

PREFIX = "/_sandbox"


def admin_app(live: Live, faults: Faults, ledger: Ledger, platforms: Iterable[str]) -> Starlette:
    """Build the application that answers everything under :data:`PREFIX`."""
    names = list(platforms)

    async def health(_: Request) -> Response:
        clock = live.clock().isoformat().replace("+00:00", "Z")
        return JSONResponse({"status": "ok", "clock": clock, "platforms": names})

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            ledger.reset()
        return JSONResponse(ledger.described())

    async def rules(request: Request) -> Response:
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "PUT":
            try:
                faults.replace(_json(await request.body()))
            except FaultRuleError as error:
                return JSONResponse({"error": str(error), "field": error.field}, status_code=400)
        return JSONResponse(faults.described())

    async def kinds(_: Request) -> Response:
        return JSONResponse({kind: about for kind, (about, _) in KINDS.items()})

    return Starlette(
        routes=[
            Route(f"{PREFIX}/health", health),
            Route(f"{PREFIX}/requests", requests, methods=["GET", "DELETE"]),
            Route(f"{PREFIX}/faults", rules, methods=["GET", "PUT", "DELETE"]),
            Route(f"{PREFIX}/faults/kinds", kinds),
        ]
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        message = f"the body is not JSON: {error}"
        raise FaultRuleError(WHOLE, message) from error
