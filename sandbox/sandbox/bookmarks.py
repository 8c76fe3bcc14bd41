"""The bookmarks that Meltano keeps about a sandbox.

They say how far the sandbox's data was loaded into the sandbox's warehouse. When either starts
over they are wrong, and a run that believed them would leave rows out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.settings import SandboxError

if TYPE_CHECKING:
    from sandbox.settings import Settings

ENVIRONMENTS = ("local", "ci")


def forget(settings: Settings) -> None:
    """Clear the Meltano state of the environments that use the sandbox.

    Does nothing where the sandbox does not sit in a Meltano project that has run before.

    Args:
        settings: Folder of the sandbox, which sits in the project's folder.

    Raises:
        SandboxError: if Meltano refuses.
    """
    project = settings.home.parent
    database = project / ".meltano" / "meltano.db"
    if not (project / "meltano.yml").exists() or not database.exists():
        return
    listed = _meltano(project, "list", "--pattern", "*:*")
    for state_id in listed.split():
        if state_id.partition(":")[0] in ENVIRONMENTS:
            _meltano(project, "clear", "--force", state_id)


def _meltano(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("meltano")), "--log-level=error", "state", *arguments],
        cwd=project,
        env={**os.environ, "MELTANO_PROJECT_ROOT": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()
        message = (
            "Meltano could not forget the bookmarks of the old sandbox "
            f"({reason[0] if reason else 'no reason given'}). Delete {project / '.meltano'}."
        )
        raise SandboxError(message)
    return done.stdout
