"""What each plugin is given in the active environment, for checks that go further than these.

``python -m meltano_run_addon.describe`` writes JSON for a program to read. It holds secrets, so it
is not written to a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Any

from meltano.core.project import Project
from meltano.core.task_sets_service import TaskSetsService

from meltano_run_addon import KNOWN_VERSIONS, is_known_version
from meltano_run_addon.annotations import declared
from meltano_run_addon.preflight import PluginCheck, advice_of

if TYPE_CHECKING:
    from meltano.core.plugin.project_plugin import ProjectPlugin

EXTRAS = ("select", "metadata", "load_schema")


def describe(project: Project) -> dict[str, Any]:
    """Describe the plugins of a project, without those that inherit from another.

    Args:
        project: The project, with its environment activated.

    Returns:
        ``environment`` and ``advice``; in ``state`` whether the environment demands that machines
        share it (``must_be_shared``), and the address of Meltano's ``database``; and in
        ``plugins`` for each: ``name``, ``namespace``, ``executable``; ``is_needed``, whether a job
        names it; ``is_set``, whether anything is set of what it requires; ``problems``, as
        `meltano run` tells them; without any, its settings in ``config`` and its ``extras``; and
        in ``variables`` what sets each setting.
    """
    blocks = {
        block.partition(":")[0]
        for job in TaskSetsService(project).list_task_sets()
        for block in job.flat_args
    }
    return {
        "environment": project.environment.name if project.environment else None,
        "advice": advice_of(project),
        "state": {
            "must_be_shared": declared(project.environment, "preflight").get("state") == "shared",
            "database": project.settings.get("database_uri"),
        },
        "plugins": [
            _described(project, plugin, is_needed=plugin.name in blocks)
            for plugin in project.plugins.plugins(ensure_parent=True)
            if plugin.inherit_from in (None, plugin.name)
        ],
    }


def _described(project: Project, plugin: ProjectPlugin, *, is_needed: bool) -> dict[str, Any]:
    check = PluginCheck(project, plugin)
    problems = check.problems()
    venv = project.dirs.venvs(plugin.type, plugin.plugin_dir_name, make_dirs=False)
    return {
        "name": plugin.name,
        "namespace": plugin.namespace,
        "executable": str(venv / "bin" / str(plugin.executable or plugin.name)),
        "is_needed": is_needed,
        "is_set": check.has_any_required_setting(),
        "problems": problems,
        "config": {} if problems else check.settings.as_dict(extras=False),
        "extras": {name: check.extra_value(name) for name in EXTRAS} if not problems else {},
        "variables": check.variables(),
    }


def main() -> None:
    """Write the description of the project that the working directory is in."""
    version = installed_version("meltano")
    if not is_known_version(version):
        sys.exit(f"meltano-run-addon knows Meltano {', '.join(KNOWN_VERSIONS)}, not {version}.")
    if sys.stdout.isatty():
        sys.exit("What this writes holds secrets; it is for a program to read.")
    project = Project.find()
    environment = os.environ.get("MELTANO_ENVIRONMENT") or project.settings.get(
        "default_environment"
    )
    if environment:
        project.activate_environment(str(environment))
    json.dump(describe(project), sys.stdout, default=str)


if __name__ == "__main__":
    main()
