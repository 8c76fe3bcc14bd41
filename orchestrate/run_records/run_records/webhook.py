"""Alerts go to the address in ALERT_WEBHOOK_URL, by apprise, which knows whose address it is.

An address as Slack, Microsoft Teams (Workflows), Discord, Google Chat and others give it is
understood as it is; https://appriseit.com/services/ lists them, and more in apprise's own notation.
Any other http or https address gets a JSON object with title, message and type.
"""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

import tenacity

from run_records.alerts import FAILURE, RECOVERY, STALE

if TYPE_CHECKING:
    import apprise

    from run_records.alerts import Alert

TRIES = 3
WAIT_SECONDS = 2.0
CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 10.0


class UndeliveredError(Exception):
    """Says why an alert did not arrive; never with the address, which is a secret."""


class Webhook:
    """An address that alerts are sent to."""

    def __init__(self, url: str) -> None:
        """Take the address; nothing is sent yet.

        Raises:
            UndeliveredError: if it is no address of a service.
        """
        # Not before there is something to send: it takes a third of a second.
        import apprise  # noqa: PLC0415

        # What it logs quotes addresses, and what it warns of is not the reader's; what matters is
        # told here.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"apprise\.")
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        limits = f"cto={CONNECT_SECONDS}&rto={ANSWER_SECONDS}"
        self._apprise = apprise.Apprise()
        for form in (url, _as_json(url)):
            if form and self._apprise.add(f"{form}{'&' if '?' in form else '?'}{limits}"):
                return
        message = "ALERT_WEBHOOK_URL is no address that can be sent to; docs/operations.md has some"
        raise UndeliveredError(message)

    def send(self, alert: Alert) -> None:
        """Send an alert, a few times if it is not taken.

        Raises:
            UndeliveredError: if it is not taken.
        """
        try:
            tenacity.retry(
                stop=tenacity.stop_after_attempt(TRIES),
                wait=tenacity.wait_fixed(WAIT_SECONDS),
                retry=tenacity.retry_if_result(lambda taken: not taken),
            )(self._notify)(alert)
        except tenacity.RetryError as error:
            message = f"the receiver of ALERT_WEBHOOK_URL did not take it, asked {TRIES} times"
            raise UndeliveredError(message) from error

    def _notify(self, alert: Alert) -> bool:
        return bool(
            self._apprise.notify(
                title=alert.title, body=alert.body or alert.title, notify_type=_kind(alert)
            )
        )


def _as_json(url: str) -> str | None:
    """Return an address that is nobody's in particular as apprise's JSON service."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.replace('http', 'json')}://{rest}" if scheme in ("http", "https") else None


def _kind(alert: Alert) -> apprise.NotifyType:
    import apprise  # noqa: PLC0415

    if alert.kind == RECOVERY:
        return apprise.NotifyType.SUCCESS
    return (
        apprise.NotifyType.FAILURE if alert.kind in (FAILURE, STALE) else apprise.NotifyType.WARNING
    )
