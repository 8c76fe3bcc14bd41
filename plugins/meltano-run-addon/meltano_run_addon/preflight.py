"""What `meltano run` checks before it starts any process, and reports in one message.

- Required settings: the groups that a plugin declares as ``settings_group_validation``.
- Files: every setting of ``kind: file`` that has a value names a file that exists.
- Kinds: numbers are numbers, lists are lists.
- Connections: something listens at the addresses that a plugin lists in its annotations, as
  templates over its settings; a template with an empty setting is skipped::

      annotations:
        preflight:
          connect: ["{host}:{port}"]

- Streams: ``select`` and ``metadata`` name streams that the extractor has (once it is discovered).

An environment may add a line of advice: ``annotations: {preflight: {advice: ...}}``. With
``state: shared`` there it demands that Meltano keeps its state where other machines find it, which
orchestrate/preflight checks.
A dry run starts nothing, so it is told the problems and goes on.
"""

from __future__ import annotations

import functools
import re
import socket
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
import structlog
from meltano.cli.utils import CliError
from meltano.core.block.block_parser import BlockParser
from meltano.core.plugin.settings_service import PluginSettingsService
from meltano.core.setting_definition import SettingKind

from meltano_run_addon import streams
from meltano_run_addon.annotations import declared
from meltano_run_addon.settings import PREFLIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from meltano.core.block.extract_load import ExtractLoadBlocks
    from meltano.core.block.plugin_command import InvokerCommand
    from meltano.core.plugin.project_plugin import ProjectPlugin
    from meltano.core.project import Project

CONNECT_TIMEOUT_SECONDS = 5.0
DEFAULT_PORTS = {"http": 80, "https": 443}
VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


class PluginCheck:
    """The checks of one plugin in the active environment.

    Args:
        project: The Meltano project, with its environment activated.
        plugin: The plugin that is about to run.
    """

    def __init__(self, project: Project, plugin: ProjectPlugin) -> None:
        """Read the plugin's settings."""
        self.plugin = plugin
        self.settings = PluginSettingsService(project, plugin)

    def problems(self) -> list[str]:
        """List what would make the plugin fail, one line each."""
        if malformed := list(self.malformed_settings()):
            return [f"{self.plugin.name}: {problem}" for problem in malformed]
        found = [*self.missing_settings(), *self.missing_files()]
        # Without its settings a plugin has no address worth trying.
        found = found or list(self.closed_connections())
        return [f"{self.plugin.name}: {problem}" for problem in found]

    def malformed_settings(self) -> Iterator[str]:
        """Yield the settings whose value is not of their kind; the value itself is not shown."""
        # To expand an extra, such as `select`, Meltano reads all other settings, so one that is
        # malformed makes every extra look so.
        for is_extra in (False, True):
            found = False
            for definition in self.settings.definitions(extras=is_extra):
                try:
                    self._value(definition.name)
                except (ValueError, ArithmeticError):
                    found = True
                    kind = definition.kind.value if definition.kind else "value"
                    variable = self.settings.setting_env(definition)
                    yield f"{definition.name} is no {kind}; see {variable}"
            if found:
                return

    def missing_settings(self) -> list[str]:
        """List the settings that the best filled required group lacks."""
        groups = [
            [self._how_to_set(name) for name in group if self._value(name) in (None, "")]
            for group in self.plugin.settings_group_validation or []
        ]
        return min(groups, key=len, default=[])

    def missing_files(self) -> Iterator[str]:
        """Yield the settings of kind file whose file does not exist."""
        for definition in self.settings.definitions():
            path = self._value(definition.name) if definition.kind == SettingKind.FILE else None
            if path and not Path(str(path)).expanduser().is_file():
                yield f"{definition.name} names {path}, and there is no such file"

    def closed_connections(self) -> Iterator[str]:
        """Yield the addresses that nothing answers at."""
        for template in declared(self.plugin, "preflight").get("connect") or []:
            names = [name for _, name, _, _ in Formatter().parse(template) if name]
            values = {name: self._value(name) for name in names}
            if not all(values.values()):
                continue
            host, port = _host_and_port(template.format(**values))
            if host is None:
                continue
            try:
                with socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_SECONDS):
                    pass
            except OSError as error:
                reason = error.strerror or "no answer"
                yield f"cannot connect to {host}:{port} ({reason.lower()}); see {', '.join(names)}"

    def has_any_required_setting(self) -> bool:
        """Whether anything is set of what the plugin requires, or it requires nothing."""
        groups = self.plugin.settings_group_validation or []
        names = {name for group in groups for name in group}
        return not names or any(self._is_set(name) for name in names)

    def variables(self) -> dict[str, str]:
        """Name the variable that sets each setting."""
        found = {
            definition.name: self._variable(definition.name)
            for definition in self.settings.definitions(extras=False)
        }
        return {name: variable for name, variable in found.items() if variable}

    def extra_value(self, name: str) -> Any:
        """Return the value of an extra, such as ``select``."""
        return self._value(f"_{name}")

    def _is_set(self, name: str) -> bool:
        try:
            return self._value(name) not in (None, "")
        except (ValueError, ArithmeticError):
            return True

    def _value(self, name: str) -> Any:
        return self.settings.get(name)

    def _how_to_set(self, name: str) -> str:
        variable = self._variable(name)
        return f"set {variable} ({name})" if variable else name

    def _variable(self, name: str) -> str | None:
        """Name the variable that the declarations read, or else Meltano's own."""
        try:
            _, metadata = self.settings.get_with_metadata(name)
        except (ValueError, ArithmeticError):
            metadata = {}
        reference = VARIABLE.fullmatch(str(metadata.get("unexpanded_value", "")))
        if reference:
            return reference[1] or reference[2]
        definition = self.settings.find_setting(name)
        return self.settings.setting_env(definition) if definition else None


def check(project: Project, plugins: list[ProjectPlugin]) -> None:
    """Check the plugins of a run, and its environment, before anything starts.

    Args:
        project: The Meltano project, with its environment activated.
        plugins: The plugins in the order of the run; one may come more than once.

    Raises:
        CliError: with every problem of every plugin, one line each.
    """
    problems: dict[str, None] = {}
    for plugin in {plugin.name: plugin for plugin in plugins}.values():
        problems.update(dict.fromkeys(PluginCheck(project, plugin).problems()))
    if not problems:
        return
    environment = project.environment
    name = f"Environment '{environment.name}'" if environment else "The project"
    lines = [f"{name} is not ready, so nothing was started:"]
    lines += [f"  {problem}" for problem in problems]
    if advice := advice_of(project):
        lines.append(advice)
    raise CliError("\n".join(lines))


def advice_of(project: Project) -> str | None:
    """Return what the active environment advises when something is missing."""
    advice = declared(project.environment, "preflight").get("advice")
    return str(advice) if advice else None


def install() -> None:
    """Check the plugins of ``meltano run`` once Meltano has accepted their order."""
    find_blocks = BlockParser.find_blocks

    @functools.wraps(find_blocks)
    def find_blocks_and_check(
        self: BlockParser,
        offset: int = 0,
    ) -> Iterator[ExtractLoadBlocks | InvokerCommand]:
        is_wanted = self.project.settings.get(PREFLIGHT)
        try:
            blocks = list(find_blocks(self, offset))
        except (ValueError, ArithmeticError):
            if is_wanted:  # a value is not of its setting's kind: say which
                check(self.project, self.plugins)
            raise
        if is_wanted:
            try:
                check(self.project, self.plugins)
            except CliError as error:
                if not _is_dry_run():
                    raise
                structlog.stdlib.get_logger("meltano_run_addon").warning(str(error))
        return iter(blocks)

    BlockParser.find_blocks = find_blocks_and_check  # type: ignore[method-assign,assignment]
    streams.install()


def _host_and_port(address: str) -> tuple[str | None, int]:
    """Take an address apart, without the user and password that it may hold.

    The host is None for what is not reached by host and port, such as the path of a socket; only
    the plugin can tell whether such an address is good.
    """
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        return parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme, 443)
    except ValueError:
        return None, 0


def _is_dry_run() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.params.get("dry_run"))
