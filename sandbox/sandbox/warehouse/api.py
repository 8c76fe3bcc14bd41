"""The HTTP interface that Snowflake's drivers speak."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from fakesnow.converter import from_binding
from fakesnow.transforms.transforms import SERVER_VERSION
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.warehouse import control, results
from sandbox.warehouse.account import DEFAULT_ROLE, FIRST_WAREHOUSES
from sandbox.warehouse.credentials import LoginError
from sandbox.warehouse.errors import SnowflakeFault, from_exception, unsupported
from sandbox.warehouse.execute import execute
from sandbox.warehouse.results import Result, response
from sandbox.warehouse.session import Session

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from starlette.requests import Request

    from sandbox.warehouse.account import Account
    from sandbox.warehouse.credentials import Credentials

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 30.0
_ANSWERS_KEPT = 200
_STILL_RUNNING = "333334"
_MASTER_SECONDS = 14400
_SESSION_SECONDS = 3600


class Api:
    """Answers logins, queries and what surrounds them."""

    def __init__(self, account: Account, credentials: Credentials, executor: Executor) -> None:
        """Serve one account.

        Args:
            account: Where statements run.
            credentials: Who may log in.
            executor: Threads that run statements.
        """
        self._account = account
        self._credentials = credentials
        self._executor = executor
        self._running: OrderedDict[str, asyncio.Task[dict[str, Any]]] = OrderedDict()
        self._sessions_of: dict[str, Session] = {}

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(
            routes=[
                Route("/session/v1/login-request", self._login, methods=["POST"]),
                Route("/session/token-request", self._renew, methods=["POST"]),
                Route("/session/heartbeat", self._session, methods=["POST"]),
                Route("/session", self._session, methods=["POST"]),
                Route("/queries/v1/query-request", self._query, methods=["POST"]),
                Route("/queries/v1/abort-request", self._abort, methods=["POST"]),
                Route("/queries/{query}/result", self._result, methods=["GET"]),
                Route("/telemetry/send", self._ignore, methods=["POST"]),
                Route("/telemetry/send/sessionless", self._ignore, methods=["POST"]),
            ],
            exception_handlers={Exception: _internal},
        )

    async def _login(self, request: Request) -> JSONResponse:
        body = await _body(request)
        data = body.get("data") or {}
        try:
            user = self._credentials.check(data)
            session = await self._run(self._open, user, dict(request.query_params), data)
        except LoginError as error:
            logger.info("login refused: %s %s", error.code, error)
            return _failure(error.code, str(error), sqlstate="08001")
        token = self._account.open_session(session)
        return JSONResponse(
            {
                "success": True,
                "code": None,
                "message": None,
                "data": {
                    "token": token,
                    "masterToken": token,
                    "validityInSeconds": _SESSION_SECONDS,
                    "masterValidityInSeconds": _MASTER_SECONDS,
                    "displayUserName": session.user,
                    "serverVersion": SERVER_VERSION,
                    "sessionId": id(session),
                    "parameters": _parameters(session),
                    "sessionInfo": {
                        "databaseName": session.database,
                        "schemaName": session.schema,
                        "warehouseName": session.warehouse,
                        "roleName": session.role,
                    },
                },
            }
        )

    def _open(self, user: str, options: dict[str, str], data: dict[str, Any]) -> Session:
        account = self._account
        role = _folded(options.get("roleName")) or DEFAULT_ROLE
        if role not in account.principals("role"):
            raise LoginError(
                code="390189",
                message=f"Role '{role}' specified in the connect string does not exist or not "
                "authorized. Contact your local system administrator, or attempt to login with "
                "another role, e.g. PUBLIC.",
            )
        warehouse = _folded(options.get("warehouse")) or FIRST_WAREHOUSES[0]
        session = Session(
            account,
            user=user,
            role=role,
            warehouse=warehouse if warehouse in account.principals("warehouse") else None,
        )
        try:
            for name, value in (data.get("SESSION_PARAMETERS") or {}).items():
                control.set_parameter(session, name, value)
            database, schema = (
                _folded(options.get("databaseName")),
                _folded(options.get("schemaName")),
            )
            if database and database in account.databases():
                control.use_database(session, database)
                if schema:
                    session.schema = schema if account.has_schema(database, schema) else None
        except SnowflakeFault as fault:
            session.close()
            raise LoginError(code=f"{fault.errno:06d}", message=fault.message) from fault
        return session

    async def _renew(self, request: Request) -> JSONResponse:
        body = await _body(request)
        token = str(body.get("oldSessionToken") or _token(request))
        if self._account.session(token) is None:
            return _gone()
        data = {
            "sessionToken": token,
            "masterToken": token,
            "validityInSecondsST": _SESSION_SECONDS,
            "validityInSecondsMT": _MASTER_SECONDS,
        }
        return JSONResponse({"success": True, "code": None, "message": None, "data": data})

    async def _session(self, request: Request) -> JSONResponse:
        token = _token(request)
        session = self._account.session(token)
        if session is None:
            return _gone()
        if request.query_params.get("delete"):
            await self._run(self._account.close_session, token)
        return JSONResponse({"success": True, "code": None, "message": None, "data": None})

    async def _query(self, request: Request) -> JSONResponse:
        session = self._account.session(_token(request))
        if session is None:
            return _gone()
        body = await _body(request)
        key = request.query_params.get("requestId") or str(uuid.uuid4())
        if key not in self._running:
            self._sessions_of[key] = session
            self._running[key] = asyncio.create_task(self._run(_answer, session, body))
            while (
                len(self._running) > _ANSWERS_KEPT
                and self._running[next(iter(self._running))].done()
            ):
                old, _ = self._running.popitem(last=False)
                self._sessions_of.pop(old, None)
        return await self._wait(key)

    async def _result(self, request: Request) -> JSONResponse:
        if self._account.session(_token(request)) is None:
            return _gone()
        key = request.path_params["query"]
        if key not in self._running:
            return _failure("000709", f"Statement {key} not found", sqlstate="02000")
        return await self._wait(key)

    async def _wait(self, key: str) -> JSONResponse:
        task = self._running[key]
        done, _ = await asyncio.wait({task}, timeout=_ANSWER_SECONDS)
        if done:
            return JSONResponse(task.result())
        data = {"getResultUrl": f"/queries/{key}/result", "queryId": key}
        return JSONResponse(
            {
                "success": True,
                "code": _STILL_RUNNING,
                "message": "Query execution in progress.",
                "data": data,
            }
        )

    async def _abort(self, request: Request) -> JSONResponse:
        body = await _body(request)
        key = str(body.get("requestId"))
        if key in self._running and not self._running[key].done():
            self._sessions_of[key].cancel()
        return JSONResponse({"success": True, "code": None, "message": None, "data": None})

    async def _ignore(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {"success": True, "code": None, "message": None, "data": "Log Received"}
        )

    async def _run(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)


def _answer(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    sql = str(body.get("sqlText") or "")
    query_id = str(uuid.uuid4())
    try:
        result = _execute(session, sql, body)
        data = response(result)
    except Exception as error:
        fault = from_exception(error)
        if not isinstance(error, SnowflakeFault):
            logger.exception("%s", sql)
        return {
            "success": False,
            "code": f"{fault.errno:06d}",
            "message": fault.message,
            "data": {
                "errorCode": f"{fault.errno:06d}",
                "sqlState": fault.sqlstate,
                "queryId": query_id,
                "internalError": False,
                "line": -1,
                "pos": -1,
                "type": "COMPILATION",
            },
        }
    if result.upload is not None:
        return {"success": True, "code": None, "message": None, "data": result.upload}
    data |= {
        "parameters": _parameters(session),
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
    }
    return {"success": True, "code": None, "message": None, "data": data}


def _execute(session: Session, sql: str, body: dict[str, Any]) -> Result:
    if body.get("asyncExec"):
        raise unsupported(feature="asynchronous execution")
    bindings = body.get("bindings") or {}
    if not bindings:
        return execute(session, sql)
    if not all(position.isdecimal() for position in bindings):
        return execute(session, sql, {name: _value(value) for name, value in bindings.items()})
    ordered = [bindings[str(position)] for position in range(1, len(bindings) + 1)]
    if not any(isinstance(binding["value"], list) for binding in ordered):
        return execute(session, sql, [_value(binding) for binding in ordered])
    columns = [[_value({**binding, "value": v}) for v in binding["value"]] for binding in ordered]
    total = 0
    with session.mutex, session.writing(()):
        for row in zip(*columns, strict=True):
            total += sum(execute(session, sql, list(row)).counts.values())
    return results.changed(inserted=total)


def _value(binding: dict[str, Any]) -> Any:
    if binding["value"] is None:
        return None
    if binding["type"] == "REAL":
        return float(binding["value"])
    return from_binding(binding)


async def _body(request: Request) -> dict[str, Any]:
    content = await request.body()
    if request.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    body = json.loads(content or b"{}")
    return body if isinstance(body, dict) else {}


def _token(request: Request) -> str:
    return request.headers.get("Authorization", "").partition('Token="')[2].rstrip('"')


def _folded(name: str | None) -> str | None:
    if not name:
        return None
    if name.startswith('"') and name.endswith('"'):
        return name[1:-1]
    return name.upper()


def _parameters(session: Session) -> list[dict[str, Any]]:
    return [
        {"name": "AUTOCOMMIT", "value": session.autocommit},
        {"name": "TIMEZONE", "value": "Etc/UTC"},
        {"name": "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "value": 3600},
        {"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 0},
        {"name": "CLIENT_TELEMETRY_ENABLED", "value": False},
    ]


def _failure(code: str, message: str, *, sqlstate: str) -> JSONResponse:
    data = {"errorCode": code, "sqlState": sqlstate}
    return JSONResponse({"success": False, "code": code, "message": message, "data": data})


def _gone() -> JSONResponse:
    return _failure(
        "390111",
        "Session no longer exists.  New login required to access the service.",
        sqlstate="08003",
    )


async def _internal(_: Request, error: Exception) -> JSONResponse:
    fault = from_exception(error)
    return _failure(f"{fault.errno:06d}", fault.message, sqlstate=fault.sqlstate)
