"""Defects in client certificates, in tokens bound to them, and in what the gateway shows of itself (AUT-11, ENV-01)."""

from __future__ import annotations

import base64
import binascii
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.mutual_tls import MutualTls, server_context
from reference_gateway.settings import Settings, read_settings
from reference_gateway.token_binding import TokenBinding

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL
_DAY = timedelta(days=1)


def asks_for_no_certificate(settings: MutualTls) -> ssl.SSLContext:
    """Return a context that lets everybody in."""
    context = server_context(settings)
    context.verify_mode = ssl.CERT_NONE
    return context


def certificate_is_optional(settings: MutualTls) -> ssl.SSLContext:
    """Return a context that verifies a certificate when there is one."""
    context = server_context(settings)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def ignores_client_expiry(settings: MutualTls) -> ssl.SSLContext:
    """Return a context without a look at the calendar."""
    context = server_context(settings)
    context.verify_flags |= _NO_CHECK_TIME
    return context


def without_second_address(environment: Mapping[str, str]) -> Settings:
    """Read the settings and leave out the address that wants certificates."""
    return replace(read_settings(environment), mutual_tls=None)


class ForgetsBinding(TokenBinding):
    """Takes a bound token from everybody who got in."""

    def check(self, caller: Caller, request: ConsumerRequest) -> None:
        """Accept."""


class ChecksBindingOnlyWithCertificate(TokenBinding):
    """Asks for the binding only where there is a certificate to compare it with."""

    def check(self, caller: Caller, request: ConsumerRequest) -> None:
        """Compare, or accept. Raises InvalidToken."""
        if self.shown(request) is not None:
            super().check(caller, request)


class BelievesCertificateHeader(TokenBinding):
    """Takes the certificate from a header that only a proxy of its own should send (RFC 9440)."""

    def shown(self, request: ConsumerRequest) -> bytes | None:
        """Return what the header says, else the certificate of the connection."""
        try:
            told = base64.b64decode(request.header("Client-Cert").strip().strip(":"), validate=True)
        except binascii.Error:
            told = b""
        return told or super().shown(request)


def incomplete_chain(settings: MutualTls) -> ssl.SSLContext:
    """Return a context that leaves out the authority between the gateway's certificate and the root."""
    own = x509.load_pem_x509_certificates(settings.certificate_file.read_bytes())[0]
    return _showing(settings, own.public_bytes(Encoding.PEM) + settings.key_file.read_bytes())


def ends_soon(settings: MutualTls) -> ssl.SSLContext:
    """Return a context with a certificate that ends in three days; nobody vouches for it either."""
    return _showing(settings, _self_made(timedelta(days=3), x509.DNSName("localhost")))


def other_host(settings: MutualTls) -> ssl.SSLContext:
    """Return a context with another host's certificate; nobody vouches for it either."""
    return _showing(settings, _self_made(90 * _DAY, x509.DNSName("gateway.another-hospital.test")))


def speaks_old_tls(settings: MutualTls) -> ssl.SSLContext:
    """Return a context that still speaks TLS 1.0 and 1.1."""
    context = server_context(settings)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    return context


def _showing(settings: MutualTls, content: bytes) -> ssl.SSLContext:
    context = server_context(settings)
    with tempfile.TemporaryDirectory(prefix="gateway-tls-") as folder:
        file = Path(folder) / "chain.pem"
        file.touch(mode=0o600)
        file.write_bytes(content)
        context.load_cert_chain(file)
    return context


def _self_made(lasts: timedelta, host: x509.GeneralName) -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    number = x509.random_serial_number()
    builder = x509.CertificateBuilder(name, name, key.public_key(), number, now - _DAY, now + lasts)
    made = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM) + private


DEFECTS = (
    swap("asks-for-no-certificate", "AUT-11", "lets every machine in", mtls_context=asks_for_no_certificate),
    swap("certificate-is-optional", "AUT-11", "lets in who shows none", mtls_context=certificate_is_optional),
    swap("ignores-client-expiry", "AUT-11", "lets expired certificates in", mtls_context=ignores_client_expiry),
    swap("forgets-token-binding", "AUT-11", "takes bound tokens from anybody", binding=ForgetsBinding),
    swap(
        "checks-binding-only-with-certificate",
        "AUT-11",
        "takes bound tokens without a certificate",
        binding=ChecksBindingOnlyWithCertificate,
    ),
    swap("believes-certificate-header", "AUT-11", "takes certificates by header", binding=BelievesCertificateHeader),
    swap("leaves-out-an-address", "ENV-01", "listens at one address only", read_settings=without_second_address),
    swap("sends-incomplete-chain", "ENV-01", "leaves out an authority of its chain", mtls_context=incomplete_chain),
    swap("certificate-ends-soon", "ENV-01", "shows a certificate that ends in 3 days", mtls_context=ends_soon),
    swap("certificate-of-another-host", "ENV-01", "shows another host's certificate", mtls_context=other_host),
    swap("speaks-old-tls", "ENV-01", "still speaks TLS 1.0 and 1.1", mtls_context=speaks_old_tls),
)
