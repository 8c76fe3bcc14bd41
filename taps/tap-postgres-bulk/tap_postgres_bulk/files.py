"""Lines of JSON in compressed files, a batch at a time."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING
from uuid import uuid4

import zstandard

from tap_postgres_bulk.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CHUNK_BYTES = 1 << 18
"""Lines are compressed and written in pieces of about this size: larger ones are slower to make,
since each comes in fresh pages of memory."""

FILE_BYTES = 128 << 20
"""Size of a file before compression. A sixth of it is left; a warehouse reads several at once."""

LEFTOVER_SECONDS = 24 * 3600
"""Files as old as this were left by a run that died; a loader takes its own long before."""


@dataclass(frozen=True)
class Batch:
    """What the loader gets in one piece.

    Attributes:
        files: Addresses of the files.
        rows: Number of rows in them.
        last: What came last, without what was appended to it.
    """

    files: list[str]
    rows: int
    last: bytes


class BatchWriter:
    """Writes the files of one batch."""

    def __init__(self, folder: Path, name: str) -> None:
        """Prepare; the first file is made by the first line.

        Args:
            folder: For the files.
            name: What their names begin with.
        """
        self._folder = folder
        self._name = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
        # The loader's warehouse refuses a file in which a byte has changed.
        self._compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
        self._paths: list[Path] = []
        self._file: IO[bytes] | None = None
        self._size = 0

    def write(self, lines: bytes) -> None:
        """Append whole lines."""
        if self._file is None or self._size >= FILE_BYTES:
            self._close()
            path = self._folder / f"{self._name}-{uuid4()}.jsonl.zst"
            self._paths.append(path)
            self._file = self._compressor.stream_writer(path.open("wb"))
            self._size = 0
        self._file.write(lines)
        self._size += len(lines)

    def finish(self) -> list[str]:
        """Close the last file and return the addresses of all."""
        self._close()
        # As the SDK writes them, and loaders read them: nothing is escaped.
        return [f"file://{path}" for path in self._paths]

    def discard(self) -> None:
        """Remove the files: their rows will be read again."""
        self._close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def write_batches(
    objects: Iterable[bytes],
    *,
    folder: Path,
    name: str,
    rows: int,
    appended: Callable[[], bytes],
) -> Iterator[Batch]:
    """Write rows into files, and tell of each batch when it is complete.

    Args:
        objects: The rows as JSON, one or more at once with a line feed between them.
        folder: For the files.
        name: What their names begin with.
        rows: Number of rows in a batch, but for the last; what comes at once stays together.
        appended: Returns fields that are put at the end of each object, as ``"a":1,"b":2``.

    Yields:
        Batches, none of them empty.
    """
    writer = BatchWriter(folder, name)
    chunk: list[bytes] = []
    size = count = 0

    def flush() -> None:
        # In place of the brace that each row ends with.
        end = b"," + appended() + b"}\n"
        writer.write(end.join([line[:-1] for line in chunk]) + end)
        chunk.clear()

    try:
        for written in objects:
            lines = written.split(b"\n")
            chunk += lines
            size += len(written)
            count += len(lines)
            if size >= CHUNK_BYTES or count >= rows:
                flush()
                size = 0
            if count >= rows:
                complete, writer = writer, BatchWriter(folder, name)
                yield Batch(complete.finish(), count, written)
                count = 0
        if chunk:
            flush()
        if count:
            complete, writer = writer, BatchWriter(folder, name)
            yield Batch(complete.finish(), count, written)
    finally:
        writer.discard()


def batch_folder() -> Path:
    """Return the folder for the files of this user, without what earlier runs left there.

    It is in the folder for temporary files, which the variable ``TMPDIR`` names.

    Raises:
        TapError: if someone else owns it.
    """
    folder = Path(tempfile.gettempdir()) / f"tap-postgres-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        message = f"{folder} belongs to someone else: set TMPDIR to a folder of your own."
        raise TapError(message)
    oldest = time.time() - LEFTOVER_SECONDS
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < oldest:
                path.unlink()
    return folder
