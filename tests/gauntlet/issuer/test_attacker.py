from __future__ import annotations

import base64

from cryptography import x509

from gauntlet.issuer import attacker
from gauntlet.issuer.keys import KeyRing

NOON = 1_800_014_400.0


def test_the_key_set_holds_the_foreign_key_only(ring: KeyRing) -> None:
    assert attacker.jwks(ring.foreign) == {"keys": [ring.foreign.jwk()]}


def test_the_certificate_is_the_same_all_day_and_valid_then(ring: KeyRing) -> None:
    pem = attacker.certificate_pem(ring.foreign, NOON)
    assert attacker.certificate_pem(ring.foreign, NOON + 3600) == pem
    certificate = x509.load_pem_x509_certificate(pem)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.not_valid_before_utc.timestamp() < NOON < certificate.not_valid_after_utc.timestamp()
    chain = attacker.x5c(ring.foreign, NOON)
    assert x509.load_der_x509_certificate(base64.b64decode(chain[0])) == certificate
