"""What is known about a request before it is answered: the input of fault matching and of the journal."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("data", "token", "metadata", "hl7v2")
INTERACTIONS = ("read", "search", "next-page", "create", "update", "token", "metadata", "message", "other")


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one request. `patients` are the ids it is about; `token` is the digest of its bearer token."""

    kind: str = "data"
    interaction: str = "other"
    method: str = "GET"
    path: str = "/"
    resource_type: str = ""
    resource_id: str = ""
    patients: tuple[str, ...] = ()
    client_id: str = ""
    token: str = ""
