"""What the tap knows of a platform before it asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from requests.auth import AuthBase

from tap_streaming.errors import TapError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests


@dataclass(frozen=True)
class Platform:
    """What the tap knows of a platform before it asks.

    Attributes:
        key: First part of the names of its settings and streams.
        title: Its name in messages.
        clock_path: Path of the cheapest call, made to learn the platform's time.
        clock_params: Query of that call.
        token_help: Where a user gets the access token; None if the platform wants none.
        gone_codes: Values of ``status_code`` in an error body that mean "there is no such thing".
    """

    key: str
    title: str
    clock_path: str
    clock_params: Mapping[str, str] = field(default_factory=dict)
    token_help: str | None = None
    gone_codes: frozenset[int] = frozenset()

    @property
    def url_setting(self) -> str:
        """Name of the setting that holds the API's address."""
        return f"{self.key}_api_url"

    @property
    def token_setting(self) -> str:
        """Name of the setting that holds the access token."""
        return f"{self.key}_access_token"

    @property
    def rate_setting(self) -> str:
        """Name of the setting that holds the allowed requests per second."""
        return f"{self.key}_requests_per_second"


@dataclass(frozen=True)
class Call:
    """One GET request to come.

    Attributes:
        path: Path below the API's address.
        params: Query.
        subject: What the caller wants to recognise the answer by.
    """

    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    subject: Any = None


class BearerToken(AuthBase):
    """Sends the token in the ``Authorization`` header, whatever ``.netrc`` holds."""

    def __init__(self, token: str) -> None:
        """Keep the token."""
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def variable(platform: Platform) -> str:
    """Name the environment variable of a platform's access token, for messages."""
    return f"environment variable TAP_STREAMING_{platform.token_setting.upper()}"


def access_token(platform: Platform, config: Mapping[str, Any]) -> str:
    """Return a platform's access token.

    Raises:
        TapError: if there is none, or one that cannot be sent in a header.
    """
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
            f"{platform.token_setting} ({variable(platform)}) holds characters that no access"
            f" token has; {platform.token_help}"
        )
        raise TapError(message)
    return token
