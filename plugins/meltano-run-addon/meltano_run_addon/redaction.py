"""Secrets and personal data are taken out of what plugins said before it is kept or sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from meltano.core.plugin_invoker import PluginInvoker

SHORTEST_SECRET = 6
"""A shorter one would take the words out of every line."""

LONGEST_LINE = 300
MASK = "***"

_PATTERNS = (
    # Colours, which say nothing in a file.
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    # user:password@ in an address, and what follows its question mark.
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{MASK}@"),
    (re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]+"), rf"\1?{MASK}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (
        re.compile(
            r"(?i)((?:pass(?:word|phrase|wd)?|secret|token|api[_-]?key|salt|signature)"
            r"['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]+"
        ),
        rf"\1{MASK}",
    ),
    # People: e-mail addresses, and the addresses of their machines.
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
    (re.compile(r"\b(?!127\.0\.0\.1\b)(?:\d{1,3}\.){3}\d{1,3}\b"), MASK),
    # Postgres and Snowflake quote the row, or the value, that was refused.
    (re.compile(r"(?i)\b(DETAIL:|Key|Failing row contains)\s+\(.*"), rf"\1 ({MASK})"),
)


def secrets_of(invokers: Iterable[PluginInvoker]) -> frozenset[str]:
    """Collect the values of plugins' sensitive settings.

    Args:
        invokers: Of plugins that were prepared.
    """
    return frozenset(_secrets(invokers))


def redact(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Return a line without secrets and personal data, cut off where it is too long.

    Args:
        text: What a plugin said.
        secrets: Values to take out wherever they stand.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def _secrets(invokers: Iterable[PluginInvoker]) -> Iterator[str]:
    for invoker in invokers:
        for definition in invoker.settings_service.definitions(extras=False):
            value = str(invoker.plugin_config.get(definition.name) or "")
            if definition.sensitive and len(value) >= SHORTEST_SECRET:
                yield value
