"""What the tap knows of a platform before it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests.auth import AuthBase

from tap_streaming.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_streaming.calls import Call


@dataclass(frozen=True)
class Platform:
    """What the tap knows of a platform before it asks.

    Attributes:
        key: First part of the names of its settings and streams.
        title: Its name in messages.
        clock: The cheapest call, made to learn the platform's time; None if each call counts
            against a budget: then the address itself is asked, without the key.
        token: Last part of the name of the setting that holds the key; empty if none is needed.
        token_help: Where a user gets the key.
        optional: Without a key the platform's streams are empty, which is no error.
        budget: Last part of the name of the setting that limits a month's cost; empty if there
            is no such limit.
        account: A call that costs nothing and tells ``quota`` and ``quotaUsed`` of the month.
        cacheable: Its answers say how long they hold, and its terms allow keeping them so long.
        gone_codes: Values of ``status_code`` in an error body that mean "there is no such thing".
        recorded_as: Its name, and ``recorded_prefix`` the start of its paths, in a folder of
            recorded answers.
    """

    key: str
    title: str
    clock: Call | None = None
    token: str = ""
    token_help: str = ""
    optional: bool = False
    budget: str = ""
    account: Call | None = None
    cacheable: bool = False
    gone_codes: frozenset[int] = frozenset()
    recorded_as: str = ""
    recorded_prefix: str = ""

    @property
    def url_setting(self) -> str:
        """Name of the setting that holds the API's address."""
        return f"{self.key}_api_url"

    @property
    def token_setting(self) -> str:
        """Name of the setting that holds the key."""
        return f"{self.key}_{self.token}"

    @property
    def rate_setting(self) -> str:
        """Name of the setting that holds the allowed requests per second."""
        return f"{self.key}_requests_per_second"

    @property
    def budget_setting(self) -> str:
        """Name of the setting that limits what a month may cost."""
        return f"{self.key}_{self.budget}"

    def is_configured(self, config: Mapping[str, Any]) -> bool:
        """Tell whether the platform can be asked: it wants no key, or has one."""
        return not self.token or bool(str(config.get(self.token_setting) or "").strip())


class HeaderToken(AuthBase):
    """Sends a key in a header, whatever ``.netrc`` holds.

    Attributes:
        name: Name of the header.
    """

    def __init__(self, name: str, value: str) -> None:
        """Keep the header."""
        self.name = name
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers[self.name] = self._value
        return request


def authentication(platform: Platform, config: Mapping[str, Any]) -> HeaderToken | None:
    """Return what proves to a platform who asks; None if it does not want to know.

    Raises:
        TapError: if the key is missing or cannot be sent in a header.
    """
    if not platform.token:
        return None
    token = _token(platform, config)
    if platform.token == "access_token":  # noqa: S105
        return HeaderToken("Authorization", f"Bearer {token}")
    host = urlsplit(str(config[platform.url_setting])).hostname or ""
    return HeaderToken("X-RapidAPI-Key" if host.endswith(".rapidapi.com") else "X-API-Key", token)


def variable(platform: Platform) -> str:
    """Name the environment variable of a platform's key, for messages."""
    return f"environment variable TAP_STREAMING_{platform.token_setting.upper()}"


def _token(platform: Platform, config: Mapping[str, Any]) -> str:
    token = str(config.get(platform.token_setting) or "").strip()
    if not token:
        message = (
            f"streams of {platform.title} are selected, but {platform.token_setting}"
            f" ({variable(platform)}) is not set; {platform.token_help},"
            f" or deselect the streams {platform.key}_*"
        )
        raise TapError(message)
    if not (token.isascii() and token.isprintable()) or " " in token:
        message = (
            f"{platform.token_setting} ({variable(platform)}) holds characters that no key has;"
            f" {platform.token_help}"
        )
        raise TapError(message)
    return token
