"""The attacker's side: documents that offer the foreign key to a gateway that follows foreign URLs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from gauntlet.issuer.keys import SigningKey

JWKS_PATH = "/attacker/jwks.json"
CERTIFICATE_PATH = "/attacker/certificate.pem"
ONE_DAY = timedelta(days=1)


def jwks(key: SigningKey) -> dict[str, Any]:
    """Return the key set that a foreign `jku` leads to."""
    return {"keys": [key.jwk()]}


def certificate(key: SigningKey, now: float) -> x509.Certificate:
    """Return a self-signed certificate of the key, valid for the day of `now` (seconds since the epoch).

    The same day gives the same certificate, so that a token can carry its thumbprint.
    """
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "attacker.invalid")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private.public_key())
        .serial_number(1)
        .not_valid_before(day - ONE_DAY)
        .not_valid_after(day + 2 * ONE_DAY)
    )
    return builder.sign(key.private, hashes.SHA256())


def certificate_der(key: SigningKey, now: float) -> bytes:
    """Return the certificate as DER."""
    return certificate(key, now).public_bytes(serialization.Encoding.DER)


def certificate_pem(key: SigningKey, now: float) -> bytes:
    """Return the certificate as PEM: what a foreign `x5u` leads to."""
    return certificate(key, now).public_bytes(serialization.Encoding.PEM)


def x5c(key: SigningKey, now: float) -> list[str]:
    """Return the certificate chain as the header parameter `x5c` has it (RFC 7515, section 4.1.6)."""
    return [base64.b64encode(certificate_der(key, now)).decode()]
