"""An environment may choose the format of the log, as production does for whoever collects it.

Meltano's ``cli.log_format`` is a setting of the project, which is read before an environment is
active. So an environment says it in an annotation::

    environments:
    - name: prod
      annotations:
        logs:
          format: json

What is set on purpose, by ``--log-format`` or ``MELTANO_CLI_LOG_FORMAT``, is left as it is, and so
is what a person reads on a terminal. The two lines that Meltano writes until then have the format
of the project.
"""

from __future__ import annotations

import functools
import sys

from meltano.core.logging import LogFormat, setup_logging
from meltano.core.project import Project
from meltano.core.settings_store import SettingValueStore

from meltano_run_addon.annotations import declared

SETTING = "cli.log_format"


def choose_format(project: Project) -> None:
    """Write the log as the active environment wants it.

    Args:
        project: With its environment activated.

    Raises:
        ValueError: if the annotation names no format of Meltano's.
    """
    wanted = declared(project.environment, "logs").get("format")
    _, source = project.settings.get_with_source(SETTING)
    if wanted and source is SettingValueStore.DEFAULT and not sys.stderr.isatty():
        setup_logging(
            log_level=str(project.settings.get("cli.log_level")),
            log_config=project.settings.get("cli.log_config"),
            log_format=LogFormat(wanted),
        )


def install() -> None:
    """Choose the format whenever Meltano activates an environment."""
    activate_environment = Project.activate_environment

    @functools.wraps(activate_environment)
    def activate_and_choose_format(self: Project, name: str) -> None:
        activate_environment(self, name)
        choose_format(self)

    Project.activate_environment = activate_and_choose_format  # type: ignore[method-assign]
