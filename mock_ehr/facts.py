"""What is known about a request before it is answered: the input of fault matching and of the journal."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("data", "token", "metadata", "hl7v2", "connection")
INTERACTIONS = (
    "read", "search", "next-page", "create", "update", "token", "metadata", "message", "handshake", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate that a client showed in its TLS handshake, checked against the client authority.

    `subject` is the common name, `thumbprint` the SHA-256 of the DER form in base64url without padding, as
    `x5t#S256` has it (RFC 8705 section 3.1). `not_after` is in epoch seconds.
    """

    subject: str
    thumbprint: str
    not_after: float = 0.0


@dataclass(slots=True)
class Facts:
    """Facts of one request. `patients` are the ids it is about; `token` is the digest of its bearer token.

    Not frozen: one is made for each request, and a frozen one takes three times as long. Nobody changes one
    after the request was admitted.
    """

    kind: str = "data"
    interaction: str = "other"
    method: str = "GET"
    path: str = "/"
    resource_type: str = ""
    resource_id: str = ""
    patients: tuple[str, ...] = ()
    client_id: str = ""
    token: str = ""
    client_certificate: ClientCertificate | None = None
