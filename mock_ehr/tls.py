"""TLS for the data side: whose certificates are shown, which clients are let in, and what is known of them."""

from __future__ import annotations

import base64
import hashlib
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from mock_ehr.behaviours.believing import CERTIFICATES
from mock_ehr.behaviours.checks import FaultError, build, check_choice
from mock_ehr.certificates import CLIENT_KINDS, Authority, Issued, now_utc
from mock_ehr.facts import ClientCertificate

VERIFY: Mapping[str, ssl.VerifyMode] = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}
VERSIONS: Mapping[str, ssl.TLSVersion] = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How the data side speaks TLS.

    `client_certificate` none asks for none, optional takes one, required refuses the handshake without. Versions
    below 1.2 are never spoken (RFC 8996).
    """

    client_certificate: str = "none"
    lowest: str = "1.2"
    highest: str = "1.3"

    def __post_init__(self) -> None:
        check_choice("client_certificate", self.client_certificate, tuple(VERIFY))
        check_choice("lowest", self.lowest, tuple(VERSIONS))
        check_choice("highest", self.highest, tuple(VERSIONS))
        if VERSIONS[self.lowest] > VERSIONS[self.highest]:
            raise FaultError(f"lowest is {self.lowest}, above highest, {self.highest}", "lowest")


def parse_tls(raw: Mapping[str, Any]) -> TlsSettings:
    """Return the settings with what `raw` changes. Raises FaultError."""
    return build(TlsSettings, raw, "tls")


class Tls:
    """The certificates of one run and the contexts that show them. `shown` is what new connections see."""

    def __init__(self, settings: TlsSettings, now: Callable[[], float]) -> None:
        self.settings = settings
        start = now_utc(now())
        self._authority = Authority("Gauntlet run authority", start)
        self._stranger = Authority("Some other authority", start)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.shown = "good"

    @property
    def authority(self) -> bytes:
        """Return the certificate that clients have to trust, in PEM."""
        return self._authority.pem

    def show(self, kind: str) -> None:
        """Show another certificate to connections from now on. Raises FaultError for a kind that is not known."""
        check_choice("shown", kind, CERTIFICATES)
        self.shown = kind

    def reset(self) -> None:
        """Show the good certificate again."""
        self.shown = "good"

    def client(self, common_name: str, kind: str = "good") -> Issued:
        """Return a certificate for a client. Raises FaultError for a kind that is not known."""
        check_choice("kind", kind, CLIENT_KINDS)
        issuer = self._stranger if kind == "unknown-authority" else self._authority
        return issuer.client(common_name, kind)

    def context(self, kind: str) -> ssl.SSLContext:
        """Return the context that shows a certificate of the kind, made when it is first asked for."""
        if kind not in self._contexts:
            issuer = self._stranger if kind == "unknown-authority" else self._authority
            self._contexts[kind] = self._made(issuer.server(kind))
        return self._contexts[kind]

    def _made(self, issued: Issued) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = VERSIONS[self.settings.lowest]
        context.maximum_version = VERSIONS[self.settings.highest]
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
        context.num_tickets = 0  # a resumed session would not be shown a certificate that was switched
        context.verify_mode = VERIFY[self.settings.client_certificate]
        if context.verify_mode is not ssl.CERT_NONE:
            context.load_verify_locations(cadata=self.authority.decode())
        with tempfile.TemporaryDirectory(prefix="mock-ehr-tls-") as folder:  # the API takes files alone
            chain = Path(folder) / "chain.pem"
            chain.touch(mode=0o600)
            chain.write_bytes(issued.key + issued.certificate)
            context.load_cert_chain(chain)
        return context

    def write_files(self, folder: Path, common_name: str = "gateway") -> dict[str, str]:
        """Write `ca.pem`, `client.pem` and `client.key` for a client named so; return their paths by name."""
        folder.mkdir(parents=True, exist_ok=True)
        made = self.client(common_name)
        for name, content in (("ca.pem", self.authority), ("client.pem", made.certificate), ("client.key", made.key)):
            path = folder / name
            path.touch(mode=0o600)
            path.write_bytes(content)
        return {"ca": str(folder / "ca.pem"), "client": str(folder / "client.pem"), "key": str(folder / "client.key")}


def client_certificate(der: bytes | None) -> ClientCertificate | None:
    """Return what is known of a client by its certificate in DER, None without one."""
    if not der:
        return None
    parsed = x509.load_der_x509_certificate(der)
    names = parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    subject = str(names[0].value) if names else parsed.subject.rfc4514_string()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    return ClientCertificate(subject, thumbprint, parsed.not_valid_after_utc.timestamp())
