"""Several extractors before one loader: ``tap-a tap-b target`` means ``tap-a target tap-b target``.

Meltano rejects the short form ("bad block sequence"), so the blocks are rewritten before it
looks at them. State ids are those of the long form.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from meltano.core.block.block_parser import BlockParser
from meltano.core.plugin.base import PluginType
from meltano.core.plugin.error import PluginNotFoundError

from meltano_run_addon.settings import FAN_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from meltano.core.task_sets_service import TaskSetsService


def fan_in(
    blocks: Sequence[str],
    type_of: Callable[[str], PluginType | None],
) -> list[str]:
    """Repeat a loader after each of the extractors that precede it.

    Args:
        blocks: Names of plugins and commands, as given to ``meltano run``.
        type_of: Returns a block's plugin type, or None for an unknown block.

    Returns:
        The blocks with each loader named once per extractor. A mapper stays with the extractor
        that it follows. Extractors without a loader are left as they are, for Meltano to reject.

    Example:
        >>> fan_in(["tap-a", "hash", "tap-b", "target"], types.get)
        ['tap-a', 'hash', 'target', 'tap-b', 'target']
    """
    result: list[str] = []
    waiting: list[list[str]] = []
    for block in blocks:
        kind = type_of(block)
        if kind == PluginType.EXTRACTORS:
            waiting.append([block])
        elif waiting and kind == PluginType.MAPPERS:
            waiting[-1].append(block)
        else:
            loader = [block] if waiting and kind == PluginType.LOADERS else []
            for extractor in waiting:
                result += extractor + loader
            if not loader:
                result.append(block)
            waiting = []
    for extractor in waiting:
        result += extractor
    return result


def install() -> None:
    """Rewrite the blocks of ``meltano run`` once Meltano has replaced jobs by their tasks."""
    expand_jobs = BlockParser._expand_jobs  # noqa: SLF001

    @functools.wraps(expand_jobs)
    def expand_jobs_and_fan_in(
        self: BlockParser,
        blocks: list[str],
        task_sets: TaskSetsService,
    ) -> list[str]:
        def type_of(block: str) -> PluginType | None:
            try:
                return self.project.plugins.find_plugin(block.partition(":")[0]).type
            except PluginNotFoundError:
                return None

        expanded = expand_jobs(self, list(blocks), task_sets)
        return fan_in(expanded, type_of) if self.project.settings.get(FAN_IN) else expanded

    BlockParser._expand_jobs = expand_jobs_and_fan_in  # type: ignore[method-assign]  # noqa: SLF001
