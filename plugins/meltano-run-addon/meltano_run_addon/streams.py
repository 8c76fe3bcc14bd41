"""A stream that the extractor does not have is an error, not a debug line in the log."""

from __future__ import annotations

import functools
import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from meltano.core.plugin.error import PluginExecutionError
from meltano.core.plugin.singer.catalog import SelectPattern
from meltano.core.plugin.singer.tap import SingerTap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meltano.core.plugin_invoker import PluginInvoker


def unknown_streams(patterns: Iterable[str], streams: Iterable[str]) -> list[str]:
    """Find the selection patterns whose stream part matches nothing.

    Args:
        patterns: Patterns of Meltano's ``select``, such as ``app-users.*``.
        streams: Names of the discovered streams.

    Returns:
        The patterns that match no stream, in their order.
    """
    names = list(streams)
    return [
        pattern
        for pattern in patterns
        if not any(fnmatchcase(name, SelectPattern.parse(pattern).stream_pattern) for name in names)
    ]


def check(invoker: PluginInvoker) -> None:
    """Compare the extractor's selection with the catalog that was just discovered.

    Raises:
        PluginExecutionError: if a pattern names a stream that is not in the catalog.
    """
    catalog = json.loads(invoker.files["catalog"].read_text())
    names = [stream["tap_stream_id"] for stream in catalog["streams"]]
    extras = invoker.plugin_config_extras
    patterns = [*(extras["_select"] or []), *(extras["_metadata"] or {})]
    if unknown := unknown_streams(patterns, names):
        message = (
            f"'{invoker.plugin.name}' has no stream for {', '.join(map(repr, unknown))}; "
            f"correct its select or metadata. Its streams are: {', '.join(sorted(names))}"
        )
        raise PluginExecutionError(message)


def install() -> None:
    """Check the selection when Meltano applies it to the catalog."""
    apply_catalog_rules = SingerTap.apply_catalog_rules

    @functools.wraps(apply_catalog_rules)
    async def check_and_apply_catalog_rules(
        self: SingerTap,
        plugin_invoker: PluginInvoker,
        exec_args: tuple[str, ...] = (),
    ) -> None:
        if plugin_invoker.files["catalog"].exists():
            check(plugin_invoker)
        await apply_catalog_rules(self, plugin_invoker, exec_args)

    SingerTap.apply_catalog_rules = check_and_apply_catalog_rules  # type: ignore[method-assign]
