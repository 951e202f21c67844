"""Which requests a fault is about."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase

from mock_ehr.behaviours.checks import FaultError, check_choice
from mock_ehr.facts import INTERACTIONS, KINDS, Facts


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a fault strikes. An empty text matches everything.

    `path` is a glob over the path, `certificate` one over the subject or the thumbprint of the client
    certificate. Kind `connection` is about whole connections, before any request: nothing else is known then.
    """

    kind: str = ""
    interaction: str = ""
    type: str = ""
    patient: str = ""
    method: str = ""
    client: str = ""
    path: str = ""
    certificate: str = ""

    def __post_init__(self) -> None:
        for spec in fields(self):
            if not isinstance(getattr(self, spec.name), str):
                raise FaultError(f"match {spec.name} is {getattr(self, spec.name)!r}; it is a text", spec.name)
        if self.kind:
            check_choice("kind", self.kind, KINDS)
        if self.interaction:
            check_choice("interaction", self.interaction, INTERACTIONS)
        if self.kind == "connection" and any(
            getattr(self, spec.name) for spec in fields(self) if spec.name not in ("kind", "interaction")
        ):
            raise FaultError("a connection is matched by its kind alone: no request has been read yet", "kind")

    def fits(self, facts: Facts) -> bool:
        """Return whether `facts` are of a request that this fault is about."""
        return (
            (self.kind == facts.kind if self.kind else facts.kind != "connection")
            and self.interaction in ("", facts.interaction)
            and self.type in ("", facts.resource_type)
            and self.method.upper() in ("", facts.method)
            and self.client in ("", facts.client_id)
            and (not self.patient or self.patient in facts.patients)
            and (not self.path or fnmatchcase(facts.path, self.path))
            and (not self.certificate or self._shown(facts))
        )

    def _shown(self, facts: Facts) -> bool:
        shown = facts.client_certificate
        return shown is not None and (
            fnmatchcase(shown.subject, self.certificate) or fnmatchcase(shown.thumbprint, self.certificate)
        )
