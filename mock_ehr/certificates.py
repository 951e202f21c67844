"""Throw-away certificates: an authority for this run alone, good leaves and those that a client must refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
HOSTS = ("localhost", "127.0.0.1", "::1")
OTHER_HOST = "ehr.another-hospital.test"
CLIENT_KINDS = ("good", "expired", "not-yet-valid", "unknown-authority")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key in PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a certificate is valid."""

    start: datetime
    end: datetime


def named(common_name: str) -> x509.Name:
    """Return the distinguished name of a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Issued:
    """Return a certificate and its key in PEM."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Issued(certificate.public_bytes(Encoding.PEM), private)


def alternatives(hosts: Iterable[str]) -> x509.SubjectAlternativeName:
    """Return the names and addresses that a certificate is for."""
    made: list[x509.GeneralName] = []
    for host in hosts:
        try:
            made.append(x509.IPAddress(ip_address(host)))
        except ValueError:
            made.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(made)


def built(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, validity: Validity
) -> x509.CertificateBuilder:
    """Return the start of a certificate."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


class Authority:
    """A certificate authority that lives as long as the process; P-256 keys (RFC 5480)."""

    def __init__(self, name: str, now: datetime) -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = named(name)
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = built(self._name, self._name, self._key.public_key(), self._days(-1, 3650))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())
        self.pem = self._certificate.public_bytes(Encoding.PEM)

    def _days(self, start: int, end: int) -> Validity:
        return Validity(self._now + start * DAY, self._now + end * DAY)

    def server(self, kind: str) -> Issued:
        """Return a server's certificate: good, expired, not-yet-valid, other-host or self-signed."""
        validity = {"expired": self._days(-30, -1), "not-yet-valid": self._days(1, 30)}.get(kind, self._days(-1, 365))
        hosts = (OTHER_HOST,) if kind == "other-host" else HOSTS
        return self._leaf(hosts[0], validity, ExtendedKeyUsageOID.SERVER_AUTH, hosts, own=kind == "self-signed")

    def client(self, common_name: str, kind: str = "good") -> Issued:
        """Return a client's certificate: good, expired or not-yet-valid."""
        validity = {"expired": self._days(-30, -1), "not-yet-valid": self._days(1, 30)}.get(kind, self._days(-1, 365))
        return self._leaf(common_name, validity, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _leaf(
        self,
        common_name: str,
        validity: Validity,
        usage: x509.ObjectIdentifier,
        hosts: tuple[str, ...] = (),
        *,
        own: bool = False,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = named(common_name)
        builder = built(subject, subject if own else self._name, key.public_key(), validity)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            builder = builder.add_extension(alternatives(hosts), critical=False)
        if own:
            return pem(builder.sign(key, hashes.SHA256()), key)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return pem(builder.add_extension(identifier, critical=False).sign(self._key, hashes.SHA256()), key)


def now_utc(epoch_s: float) -> datetime:
    """Return epoch seconds as a UTC date and time, whole seconds as certificates have them."""
    return datetime.fromtimestamp(int(epoch_s), UTC)
