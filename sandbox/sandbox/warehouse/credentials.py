"""Who may log in: one user, by password or by key pair."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.settings import SandboxError
from sandbox.warehouse import tls

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.settings import Settings

ACCOUNT = "SANDBOX"
USER = "SANDBOX"
PASSWORD = "sandbox"  # noqa: S105
_KEY_BITS = 2048


class LoginError(Exception):
    """A refused login.

    Attributes:
        code: Snowflake's login error code, such as ``390100``.
    """

    def __init__(self, code: str, message: str) -> None:
        """Make a refusal out of Snowflake's code and text."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Credentials:
    """The account's user with the public half of its key pair."""

    public_key: rsa.RSAPublicKey

    @classmethod
    def prepare(cls, settings: Settings) -> Credentials:
        """Load the key pair, or make one where there is none.

        Raises:
            SandboxError: if the file exists and holds no usable RSA key.
        """
        path = settings.snowflake_private_key
        if not path.exists():
            _create(path)
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError, OSError) as error:
            raise _unusable(path) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise _unusable(path)
        return cls(public_key=key.public_key())

    @property
    def fingerprint(self) -> str:
        """Fingerprint as Snowflake shows it in ``DESCRIBE USER`` (``SHA256:…``)."""
        der = self.public_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def check(self, data: dict[str, Any]) -> str:
        """Return the user's name for a login request's ``data``.

        Raises:
            LoginError: for a wrong user, password or key.
        """
        user = str(data.get("LOGIN_NAME") or "").upper()
        method = str(data.get("AUTHENTICATOR") or "SNOWFLAKE").upper()
        if method == "SNOWFLAKE_JWT":
            self._check_token(str(data.get("TOKEN") or ""), user)
        elif method in ("SNOWFLAKE", "USERNAME_PASSWORD_MFA"):
            if user != USER or data.get("PASSWORD") != PASSWORD:
                raise LoginError(
                    code="390100", message="Incorrect username or password was specified."
                )
        else:
            message = f"Authenticator {method} is not set up in the local account."
            raise LoginError(code="390190", message=message)
        return user

    def _check_token(self, token: str, user: str) -> None:
        subject = f"{ACCOUNT}.{USER}"
        try:
            claims = jwt.decode(
                token,
                self.public_key,
                algorithms=["RS256"],
                issuer=f"{subject}.{self.fingerprint}",
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
                leeway=60,
            )
        except jwt.PyJWTError as error:
            raise _invalid_token() from error
        if claims["sub"] != subject or user != USER:
            raise _invalid_token()


def _invalid_token() -> LoginError:
    return LoginError(code="390144", message=f"JWT token is invalid. [{uuid.uuid4()}]")


def _unusable(path: Path) -> SandboxError:
    message = f"{path} holds no RSA private key (PKCS#8 PEM): remove the file to get a new one."
    return SandboxError(message)


def _create(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    tls.write(path, pem, 0o600)
