"""A catalog that was discovered before the source changed is discovered again.

Meltano keeps a discovered catalog until the extractor's configuration changes. Columns that a
table got since are then not read, and a column that was widened is cut off to its old width. An
extractor that can tell, quickly, what its source looks like says so in an annotation, and its
answer is compared before every run::

    annotations:
      catalog:
        fingerprint: --catalog-fingerprint

The extractor is called with that argument and writes one line. With a full refresh, for which
Meltano discovers in any case, the kept catalog will do as well if the source is what it was.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import structlog
from meltano.core.plugin.error import PluginExecutionError
from meltano.core.plugin.singer.tap import SingerTap

from meltano_run_addon.annotations import declared

if TYPE_CHECKING:
    from pathlib import Path

    from meltano.core.plugin_invoker import PluginInvoker

FILE = "tap.properties.fingerprint"
"""Name of the file beside the catalog that holds the fingerprint it was discovered with."""


async def forget_if_changed(invoker: PluginInvoker) -> None:
    """Make Meltano discover the catalog anew if the source is not what it was, and only then.

    Args:
        invoker: Of an extractor, prepared.

    Raises:
        PluginExecutionError: if the extractor cannot tell; with what it said.
    """
    argument = declared(invoker.plugin, "catalog").get("fingerprint")
    if not argument:
        return
    process = await invoker.invoke_async(
        argument,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        universal_newlines=False,
    )
    stdout, stderr = await process.communicate()
    if process.returncode:
        said = stderr.decode(errors="replace").strip()
        message = f"'{invoker.plugin.name}' cannot read what its source looks like: {said}"
        raise PluginExecutionError(message)
    context: Any = invoker.context
    if compare(invoker, stdout) and context:
        context.should_refresh_catalog = lambda: context.refresh_catalog is True


def compare(invoker: PluginInvoker, fingerprint: bytes) -> bool:
    """Keep the fingerprint, and forget the catalog if it had another one.

    Returns:
        Whether the source is what it was.
    """
    catalog: Path = invoker.files["catalog"]
    known = catalog.with_name(FILE)
    if known.exists() and known.read_bytes() == fingerprint:
        return True
    if known.exists() and catalog.exists():
        structlog.stdlib.get_logger("meltano_run_addon").info(
            f"The source of {invoker.plugin.name} has changed, so its catalog is discovered again"
        )
    # In this order: cut short in between, the next run discovers once more.
    invoker.files["catalog_cache_key"].unlink(missing_ok=True)
    known.write_bytes(fingerprint)
    return False


def install() -> None:
    """Compare fingerprints when Meltano asks for a catalog."""
    get_catalog = SingerTap._get_catalog  # noqa: SLF001

    @functools.wraps(get_catalog)
    async def get_current_catalog(self: SingerTap, plugin_invoker: PluginInvoker) -> Path:
        await forget_if_changed(plugin_invoker)
        return await get_catalog(self, plugin_invoker)

    SingerTap._get_catalog = get_current_catalog  # type: ignore[method-assign]  # noqa: SLF001
