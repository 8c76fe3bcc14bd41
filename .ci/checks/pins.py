"""The compiled requirements: as `make requirements` left them, whole, and what is asked for.

The last line of a compiled file is a stamp, the digest of all lines above it. A file that was
changed afterwards, by hand or by a merge, does not fit its stamp.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = "plugins/requirements"
COMPILE = "run `make requirements`"
STAMP = "# sha256 of the lines above: "
_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,_-]+\])?==([^\s;]+)(?: ; [^\\]+?)?( \\)?$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
_SOURCE = re.compile(r"^ +#.*?(?:-r (\S+\.in)|\((\S+pyproject\.toml)\))$", re.MULTILINE)
_EDITABLE = re.compile(r" -r \S*/([\w.-]+) .*-e \$MELTANO_PROJECT_ROOT/(\S+)")


def stamp(root: Path) -> None:
    """Write the stamp of every compiled file anew."""
    for path in _compiled(root):
        text, _ = _split(path.read_text())
        path.write_text(f"{text}{STAMP}{_digest(text)}\n")


def problems(root: Path) -> Iterator[str]:
    """Yield what is wrong with the pins, and what to do about it.

    Args:
        root: The repository.
    """
    for path in _compiled(root):
        name = path.relative_to(root)
        text, stamped = _split(path.read_text())
        if stamped != _digest(text):
            yield (
                f"{name} is not as it was compiled: do not edit it, "
                f"change what it is compiled from and {COMPILE}"
            )
        pins = set(_pinned(text))
        yield from (f"{name}: '{line}' is no pin with a hash: {COMPILE}" for line in _odd(text))
        for source in sorted(_sources(root, path, text)):
            for requirement in _wanted(root / source):
                if not _is_met(requirement, pins):
                    yield f"{name} is stale: {source} asks for '{requirement}': {COMPILE}"
    for wanted in sorted((root / FOLDER).glob("*.in")):
        if not wanted.with_suffix(".txt").exists():
            yield f"{wanted.relative_to(root)} is not compiled: add it to Makefile and {COMPILE}"


def _compiled(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob("*.txt"))


def _split(text: str) -> tuple[str, str]:
    """Return the lines above the stamp, and the digest that it holds."""
    above, _, digest = text.partition(STAMP)
    return above, digest.strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _pinned(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if found := _PIN.match(line):
            yield canonicalize_name(found[1]), found[2]


def _odd(text: str) -> Iterator[str]:
    """Yield the lines that are neither a comment nor a part of a pin with its hashes."""
    pin = None
    for line in text.splitlines():
        if _HASH.match(line):
            pin = None
        elif not line.lstrip().startswith("#"):
            if pin is not None:
                yield pin
            found = _PIN.match(line)
            pin = line if found and found[3] else None
            if pin is None:
                yield line
    if pin is not None:
        yield pin


def _sources(root: Path, path: Path, text: str) -> set[str]:
    """Name the files that a compiled file has to satisfy.

    Those that its comments name; the `.in` of its name; and the package that a plugin installs
    with it, since nothing else is installed with that package.
    """
    found = {first or second for first, second in _SOURCE.findall(text)}
    if path.with_suffix(".in").exists():
        found.add(str(path.with_suffix(".in").relative_to(root)))
    for declaration in root.glob("*/*.meltano.yml"):
        for pins, package in _EDITABLE.findall(declaration.read_text()):
            if pins == path.name:
                found.add(f"{package}/pyproject.toml")
    return {name for name in found if (root / name).exists()}


def _wanted(source: Path) -> list[Requirement]:
    if source.suffix == ".toml":
        lines = tomllib.loads(source.read_text())["project"]["dependencies"]
    else:
        lines = [line.partition("#")[0].strip() for line in source.read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def _is_met(requirement: Requirement, pins: set[tuple[str, str]]) -> bool:
    if requirement.marker and not requirement.marker.evaluate():
        return True
    name = canonicalize_name(requirement.name)
    return any(
        pinned == name and requirement.specifier.contains(version, prereleases=True)
        for pinned, version in pins
    )


if __name__ == "__main__":
    stamp(Path(sys.argv[1]))
