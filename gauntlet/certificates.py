"""Certificates of one run for mutual TLS: of the gateway, of its clients, and of clients that must not get in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gauntlet.errors import TargetError
from mock_ehr.certificates import DAY, HOSTS, Issued, Validity, alternatives, built, named, pem

NAME = "Gauntlet client authority"
CLIENT = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER = ExtendedKeyUsageOID.SERVER_AUTH
LIFETIME = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate, its key, and the certificates between it and the root, nearest first."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> bytes:
        """The certificate and those above it in PEM, as a TLS server or client shows them."""
        return b"".join(item.public_bytes(Encoding.PEM) for item in (self.certificate, *self.above))

    @property
    def issued(self) -> Issued:
        """The chain and the private key in PEM."""
        return Issued(self.chain, pem(self.certificate, self.key).key)

    @property
    def thumbprint(self) -> str:
        """What `x5t#S256` says of the certificate (RFC 8705 section 3.1): base64url of SHA-256 over its DER."""
        digest = hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authority(name: str, now: datetime) -> Signer:
    """Return a new root that may sign one level of authorities below it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = named(name)
    builder = built(subject, subject, key.public_key(), Validity(now - DAY, now + 365 * DAY))
    return Signer(_authority(builder, 1).sign(key, hashes.SHA256()), key)


def intermediate(root: Signer, name: str, now: datetime) -> Signer:
    """Return an authority below `root`, which servers have to show together with their certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = built(named(name), root.certificate.subject, key.public_key(), Validity(now - DAY, now + 180 * DAY))
    return Signer(_authority(_below(builder, root), 0).sign(root.key, hashes.SHA256()), key, ())


def leaf(
    signer: Signer,
    name: str,
    usage: x509.ObjectIdentifier,
    validity: Validity,
    hosts: Iterable[str] = (),
    *,
    show_signer: bool = False,
) -> Signer:
    """Return a certificate that `signer` vouches for; with `show_signer` it is shown together with its signer's."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = built(named(name), signer.certificate.subject, key.public_key(), validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if alternative := list(hosts):
        builder = builder.add_extension(alternatives(alternative), critical=False)
    above = (signer.certificate, *signer.above) if show_signer else ()
    return Signer(_below(builder, signer).sign(signer.key, hashes.SHA256()), key, above)


def self_signed(name: str, now: datetime) -> Signer:
    """Return a client's certificate that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = built(named(name), named(name), key.public_key(), Validity(now - DAY, now + LIFETIME))
    builder = builder.add_extension(x509.ExtendedKeyUsage([CLIENT]), critical=False)
    return Signer(builder.sign(key, hashes.SHA256()), key)


def _below(builder: x509.CertificateBuilder, signer: Signer) -> x509.CertificateBuilder:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    return builder.add_extension(identifier, critical=False)


def _authority(builder: x509.CertificateBuilder, below: int) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
    return builder.add_extension(usage, critical=True)


CLIENTS: Mapping[str, str] = {
    "good": "a good one",
    "other": "another good one, of another machine",
    "expired": "it ran out yesterday",
    "not-yet-valid": "it is valid from tomorrow on",
    "unknown-authority": "an authority vouches for it that the gateway was never told of",
    "same-name-authority": "an authority vouches for it that only has the name of the trusted one",
    "self-signed": "nobody vouches for it",
    "server-only": "it is a server's, not a client's",
    "signed-by-a-client": "another client vouches for it, who is no authority",
}


def client(kind: str, root: Signer, now: datetime) -> Signer:
    """Return a client's certificate that is wrong in the way that `CLIENTS` says of its `kind`."""
    if kind == "self-signed":
        return self_signed("gauntlet-app", now)
    valid = Validity(now - DAY, now + LIFETIME)
    lasting = {"expired": Validity(now - 30 * DAY, now - DAY), "not-yet-valid": Validity(now + DAY, now + LIFETIME)}
    name = "gauntlet-other" if kind == "other" else "gauntlet-app"
    usage, hosts = (SERVER, HOSTS) if kind == "server-only" else (CLIENT, ())
    signer, shown = _signer(kind, root, now), kind == "signed-by-a-client"
    return leaf(signer, name, usage, lasting.get(kind, valid), hosts, show_signer=shown)


def _signer(kind: str, root: Signer, now: datetime) -> Signer:
    if kind == "unknown-authority":
        return authority("Some other authority", now)
    if kind == "same-name-authority":
        names = root.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return authority(str(names[0].value) if names else NAME, now)
    return client("other", root, now) if kind == "signed-by-a-client" else root


def server(root: Signer, now: datetime) -> Signer:
    """Return the gateway's certificate for loopback, with the authority between it and `root`."""
    between = intermediate(root, "Gauntlet gateway authority", now)
    return leaf(between, HOSTS[0], SERVER, Validity(now - DAY, now + LIFETIME), HOSTS, show_signer=True)


def read_authority(file: Path) -> Signer:
    """Return the authority whose certificate and private key (an elliptic curve's) `file` holds. Raises TargetError."""
    try:
        content = file.read_bytes()
        certificate, key = x509.load_pem_x509_certificate(content), load_pem_private_key(content, None)
    except (OSError, ValueError, TypeError) as error:
        raise TargetError(f"the authority {file} cannot be read: {error}", hint="see [claims.mtls]") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TargetError(f"the key in {file} is of no elliptic curve", hint="make one with `openssl ecparam`")
    return Signer(certificate, key)
