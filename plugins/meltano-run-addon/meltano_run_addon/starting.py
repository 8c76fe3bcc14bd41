"""A loader is started before the extractor: both take a second to import their libraries.

Meltano starts an extractor, which may mean to discover its catalog first, and only then the loader.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from meltano.core.block.extract_load import ExtractLoadBlocks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from meltano.core.block.singer import SingerBlock


@asynccontextmanager
async def start_from_the_end(pair: ExtractLoadBlocks) -> AsyncGenerator[None]:
    """Start the plugins of a pair, the last one first; clear away their files in the end.

    Raises:
        RunnerError: if one cannot be started; those that were are ended.
    """
    started: list[SingerBlock] = []
    try:
        for block in pair.blocks:
            await block.pre(pair.context)
        try:
            for block in reversed(pair.blocks):
                await block.start()
                started.append(block)
        except BaseException:
            for block in started:
                await block.stop()
            raise
        yield
    finally:
        await pair._cleanup()  # noqa: SLF001


def install() -> None:
    """Start plugins in this order whenever Meltano starts a pair."""
    ExtractLoadBlocks._start_blocks = start_from_the_end  # type: ignore[method-assign,assignment]  # noqa: SLF001
