"""What Snowflake shows of a public key, from the private one."""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


def fingerprint(pem: bytes, passphrase: str | None) -> str:
    """Return what DESCRIBE USER has to show as RSA_PUBLIC_KEY_FP.

    https://docs.snowflake.com/en/user-guide/key-pair-auth

    Args:
        pem: The private key, PKCS#8.
        passphrase: Its passphrase, if it has one.

    Raises:
        ValueError, TypeError: if it is no private key, or the passphrase does not fit.
    """
    key = load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"SHA256:{base64.b64encode(hashlib.sha256(public).digest()).decode()}"
