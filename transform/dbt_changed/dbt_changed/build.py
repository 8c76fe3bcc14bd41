"""What is built: nothing, what depends on the sources that have changed, or everything.

The versions of the sources are read before dbt starts and recorded after it has succeeded. So what
is loaded while it runs counts as new the next time, and what a failed build has seen does too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dbt_changed.errors import DbtChangedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dbt_changed.project import Source
    from dbt_changed.warehouse import LastBuild, Version

BUILD = ("build", "--exclude-resource-type", "unit_test")


class Dbt(Protocol):
    """A dbt project and the program that builds it."""

    def sources(self) -> list[Source]:
        """Return the sources as the project was parsed last."""

    def dbt(self, *arguments: str) -> int:
        """Run dbt, and return what it ends with."""


class Records(Protocol):
    """Where the sources are, and what was built from them."""

    def last_build(self) -> LastBuild | None:
        """Return what was recorded last, if anything was."""

    def versions(
        self, sources: Iterable[Source], known: Mapping[Source, Version]
    ) -> dict[Source, Version]:
        """Return which rows the sources hold now."""

    def record(self, project: str, versions: Mapping[Source, Version]) -> None:
        """Keep what has been built from."""


def build_changed(
    project: Dbt, fingerprint: str, warehouse: Records, say: Callable[[str], None]
) -> None:
    """Build what depends on the sources that have changed since the last build that succeeded.

    Args:
        project: The dbt project.
        fingerprint: Of its files and what else its models depend on.
        warehouse: Where the sources are.
        say: Told what is built, and why.

    Raises:
        DbtChangedError: if dbt fails; the next run then builds the same again.
    """
    last = warehouse.last_build()
    if last is None or last.project != fingerprint:
        reason = "the dbt project is another one" if last else "no build has been recorded"
        say(f"building everything, since {reason}")
        _run(project, "parse")
        now = warehouse.versions(project.sources(), {})
        _run(project, *BUILD)
    else:
        now = warehouse.versions(last.sources, last.sources)
        changed = sorted(
            source.name for source in now if _has_changed(now[source], last.sources[source])
        )
        if not changed:
            since = f"{last.built_at:%Y-%m-%d %H:%M:%S} UTC"
            say(f"none of {len(now)} sources has changed since {since}; nothing is built")
            return
        say(f"building what depends on {len(changed)} of {len(now)} sources: {', '.join(changed)}")
        _run(project, *BUILD, "--select", *(f"source:{name}+" for name in changed))
    warehouse.record(fingerprint, now)


def _has_changed(now: Version, then: Version) -> bool:
    if now.content is None:
        return now.loaded != then.loaded
    return now.content != then.content


def _run(project: Dbt, *arguments: str) -> None:
    if code := project.dbt(*arguments):
        message = (
            f"'dbt {arguments[0]}' ended with {code}, see above; the next run builds the same again"
        )
        raise DbtChangedError(message, code)
