"""The process that plays the Snowflake account: proxy, TLS server, databases."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb
import uvicorn

from sandbox.settings import HOST, SandboxError
from sandbox.warehouse import tls
from sandbox.warehouse.account import Account
from sandbox.warehouse.api import Api
from sandbox.warehouse.credentials import Credentials
from sandbox.warehouse.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.settings import Settings

logger = logging.getLogger(__name__)

_THREADS = 64
_HEALTH_SECONDS = 10.0
_GRACE_SECONDS = 2


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then write everything to disk.

    ``GET http://127.0.0.1:<snowflake_proxy_port>/health`` answers 200 once logins work.

    Args:
        settings: Folder and ports of the sandbox.

    Raises:
        SandboxError: if the port is taken, or keys, certificates or databases cannot be used.
    """
    warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")
    try:
        certificates = tls.prepare(settings)
        credentials = Credentials.prepare(settings)
    except OSError as error:
        message = (
            f"{settings.home} cannot be written ({error.strerror}): make room, or set SANDBOX_HOME."
        )
        raise SandboxError(message) from error
    account = Account(settings)
    try:
        asyncio.run(_serve(settings, account, credentials, certificates))
    finally:
        account.close()


class _Server(uvicorn.Server):
    """A server that leaves signals to its owner."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(
    settings: Settings,
    account: Account,
    credentials: Credentials,
    certificates: tls.Certificates,
) -> None:
    loop = asyncio.get_running_loop()
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="statement")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((HOST, 0))
    server = _Server(
        uvicorn.Config(
            Api(account, credentials, executor).app(),
            ssl_certfile=str(certificates.server),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=300,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )

    async def health() -> str:
        try:
            await asyncio.wait_for(loop.run_in_executor(None, account.ping), _HEALTH_SECONDS)
        except (duckdb.Error, TimeoutError) as error:
            return f"the databases do not answer: {error}"
        return "ok" if server.started else "starting"

    proxy = Proxy(
        port=settings.snowflake_proxy_port,
        account_port=listener.getsockname()[1],
        health=health,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    try:
        await proxy.start()
    except OSError as error:
        message = (
            f"Port {settings.snowflake_proxy_port} is taken: stop what listens there, or set "
            "SANDBOX_PORT_BASE."
        )
        raise SandboxError(message) from error
    logger.info(
        "Snowflake account on %s:%s, pid %s", HOST, settings.snowflake_proxy_port, os.getpid()
    )
    await server.serve(sockets=[listener])
    await proxy.stop()
    executor.shutdown(wait=False, cancel_futures=True)
