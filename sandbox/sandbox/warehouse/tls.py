"""Certificates of the local Snowflake account.

A certificate authority is made once and kept, so a bundle that a client has loaded stays true
after a restart; the server certificate is issued anew at each start.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import certifi
import trustme

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.settings import Settings

ACCOUNT_HOST = "sandbox.snowflakecomputing.com"
_PRIVATE = 0o600
_PUBLIC = 0o644


@dataclass(frozen=True)
class Certificates:
    """Files that the TLS server and its clients need.

    Attributes:
        server: Private key and certificate chain of the server (PEM, mode 600).
        bundle: Public authorities and the sandbox's own (PEM, mode 644).
    """

    server: Path
    bundle: Path


def prepare(settings: Settings) -> Certificates:
    """Create or renew what is missing under ``.sandbox/tls``.

    Raises:
        OSError: if the folder cannot be written.
    """
    folder = settings.ca_bundle.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority = _authority(folder)
    issued = authority.issue_cert(ACCOUNT_HOST)
    server = folder / "server.pem"
    write(server, issued.private_key_and_cert_chain_pem.bytes(), _PRIVATE)
    with open(certifi.where(), "rb") as public:  # noqa: PTH123
        bundle = public.read().rstrip(b"\n") + b"\n\n" + authority.cert_pem.bytes()
    if not settings.ca_bundle.exists() or settings.ca_bundle.read_bytes() != bundle:
        write(settings.ca_bundle, bundle, _PUBLIC)
    return Certificates(server=server, bundle=settings.ca_bundle)


def write(path: Path, content: bytes, mode: int) -> None:
    """Put content in place at once, readable by none but those that the mode names."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.chmod(mode)
    draft.replace(path)


def _authority(folder: Path) -> trustme.CA:
    certificate, key = folder / "ca.pem", folder / "ca-key.pem"
    if certificate.exists() and key.exists():
        try:
            return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
        except ValueError:
            certificate.unlink()
    authority = trustme.CA(organization_name="Streaming Data Pipeline sandbox")
    write(key, authority.private_key_pem.bytes(), _PRIVATE)
    write(certificate, authority.cert_pem.bytes(), _PUBLIC)
    return authority
