"""Whether a file that was compressed with Zstandard is there to its end.

A reader that stops at the end of a file reads half a file without an error. The frames are walked
by the sizes of their blocks, and nothing is decompressed: a thousand blocks take milliseconds.
The format: https://www.rfc-editor.org/rfc/rfc8878#section-3.1
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FRAME = b"\x28\xb5\x2f\xfd"
SKIPPED_FRAMES = range(0x184D2A50, 0x184D2A60)
RLE, RESERVED = 1, 3
"""Types of blocks."""


def is_whole(path: Path) -> bool:
    """Tell whether a file consists of whole frames, at least one; what is in them is not read."""
    end = path.stat().st_size
    with path.open("rb") as file:
        while _skip_frame(file):
            if file.tell() >= end:
                return file.tell() == end
    return False


def _skip_frame(file: IO[bytes]) -> bool:
    magic = file.read(4)
    if int.from_bytes(magic, "little") in SKIPPED_FRAMES:
        length = file.read(4)
        file.seek(int.from_bytes(length, "little"), 1)
        return len(length) == 4  # noqa: PLR2004 - bytes
    descriptor = file.read(1)
    if magic != FRAME or not descriptor:
        return False
    flags = descriptor[0]
    is_one_segment, has_checksum = bool(flags & 0x20), bool(flags & 0x04)
    content_size = (int(is_one_segment), 2, 4, 8)[flags >> 6]
    file.seek((0, 1, 2, 4)[flags & 0x03] + content_size + int(not is_one_segment), 1)
    while True:
        read = file.read(3)
        header = int.from_bytes(read, "little")
        kind, size = header >> 1 & 0x03, header >> 3
        if len(read) < 3 or kind == RESERVED:  # noqa: PLR2004 - bytes
            return False
        file.seek(1 if kind == RLE else size, 1)
        if header & 0x01:
            file.seek(4 if has_checksum else 0, 1)
            return True
