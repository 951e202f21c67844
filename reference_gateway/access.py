"""Authorization: which scope allows a request, and to which patient it is limited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reference_gateway.compartment import patients_of
from reference_gateway.exchange import Caller
from reference_gateway.json_text import Json
from reference_gateway.refusal import Refusal, not_found
from reference_gateway.scopes import Grant, grants


@dataclass(frozen=True)
class Decision:
    """Access is given by the scope `policy`; `patient` is the only patient it reaches, None for all."""

    policy: str
    patient: str | None


class AccessPolicy:
    """Decides by SMART scopes: patient/ reaches the launch patient only, user/ needs a user, system/ does not."""

    def decide(self, caller: Caller, resource_type: str, action: str) -> Decision:
        """Return the widest access that the caller's scopes give. Raises Refusal 403 insufficient_scope."""
        usable = [grant for grant in self.covering(caller, resource_type, action) if self.usable(grant, caller)]
        for grant in usable:
            if grant.context != "patient":
                return Decision(f"permit:{grant.text}", None)
        if usable:
            return Decision(f"permit:{usable[0].text}", caller.patient)
        raise insufficient_scope(f"no scope of the token allows this on {resource_type}")

    def covering(self, caller: Caller, resource_type: str, action: str) -> Iterable[Grant]:
        """Return the grants that cover the action on the type."""
        return [grant for grant in grants(caller.scope) if grant.covers(resource_type, action)]

    def usable(self, grant: Grant, caller: Caller) -> bool:
        """Return whether a grant has the context it needs: a launch patient, a user, or nothing for a system."""
        if grant.context == "patient":
            return bool(caller.patient)
        return grant.context == "system" or caller.user is not None

    def check_read(self, decision: Decision, resource_type: str, resource_id: str) -> None:
        """Raise Refusal 403 when a patient-limited caller asks for another Patient by id."""
        if decision.patient and resource_type == "Patient" and resource_id != decision.patient:
            raise insufficient_scope("the token reaches its own patient only")

    def check_delivery(self, decision: Decision, resource: Json) -> None:
        """Raise Refusal 404 when a record read by id is not the caller's patient's: its existence stays hidden."""
        if decision.patient and patients_of(resource) != {decision.patient}:
            raise not_found(f"this {resource['resourceType']}")

    def patient_for_search(self, decision: Decision, asked: str | None) -> str | None:
        """Return the patient that a search is limited to. Raises Refusal 403 for another than the caller's own."""
        if decision.patient is None:
            return asked
        if asked not in (None, decision.patient):
            raise insufficient_scope("the token reaches its own patient only")
        return decision.patient

    def check_create(self, decision: Decision, resource: Json) -> None:
        """Raise Refusal 403 when a patient-limited caller writes about another patient."""
        if decision.patient and patients_of(resource) != {decision.patient}:
            raise insufficient_scope("the token reaches its own patient only")


def insufficient_scope(text: str) -> Refusal:
    """Return 403 with the challenge of RFC 6750 section 3.1."""
    challenge = 'Bearer error="insufficient_scope"'
    return Refusal(403, "forbidden", text, reason="insufficient-scope", headers={"WWW-Authenticate": challenge})
