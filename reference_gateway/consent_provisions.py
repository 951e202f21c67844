"""What a patient's Consents (FHIR R4) say about one access to one record. Pure.

A provision applies when all its criteria fit; its nested provisions are exceptions from it, so the innermost that
applies decides. A criterion that is not understood makes a Consent unreadable: nobody guesses what a patient meant.
Source: http://hl7.org/fhir/R4/consent.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reference_gateway import search_dates
from reference_gateway.json_text import Json

_CRITERIA = frozenset(("period", "actor", "purpose", "securityLabel", "data", "provision", "type", "id"))
_MEANINGS = ("instance", "related", "dependents", "authoredby")


class UnreadableConsent(Exception):
    """The Consent says something that is not understood."""


@dataclass(frozen=True)
class Ask:
    """One access: purpose of use, user (as fhirUser) and client of the caller, the moment (UTC)."""

    purpose: str
    user: str | None
    client_id: str
    moment: datetime


class Provisions:
    """Decides by the Consents of one patient."""

    def __init__(self, consents: Sequence[Json]) -> None:
        self.recorded = bool(consents)
        self.roots = [consent.get("provision") or {"type": "deny"} for consent in consents if self.in_force(consent)]
        for root in self.roots:
            check_readable(root)

    @classmethod
    def read(cls, consents: Sequence[Json]) -> Provisions:
        """Return the provisions of a patient's Consents. Raises UnreadableConsent."""
        if any("modifierExtension" in consent for consent in consents):
            raise UnreadableConsent("a Consent has a modifier extension")
        try:
            return cls(consents)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise UnreadableConsent("a Consent is malformed") from None

    def in_force(self, consent: Json) -> bool:
        """Tell whether a Consent counts at all: drafts, ended ones and mistakes do not."""
        return consent.get("status") == "active"

    @property
    def selective(self) -> bool:
        """Tell whether some records of the patient may be withheld while others are not."""
        return any(_selective(root) for root in self.roots)

    def permits(self, ask: Ask, resource: Json | None) -> bool:
        """Tell whether a record may be seen; None: whether any record might be.

        A patient who never decided anything has consented to treatment by coming; one who has, to what was said.
        """
        if not self.recorded:
            return self.implied(ask.purpose)
        said = [word for root in self.roots if (word := self.word(root, ask, resource)) is not None]
        return bool(said) and "deny" not in said

    def implied(self, purpose: str) -> bool:
        """Tell whether a purpose needs no Consent on file."""
        return purpose == "TREAT"

    def word(self, provision: Json, ask: Ask, resource: Json | None) -> str | None:
        """Return permit or deny, None when the provision does not apply."""
        if not self.applies(provision, ask, resource):
            return None
        for inner in provision.get("provision", []):
            if resource is None and _selective(inner):
                continue
            word = self.word(inner, ask, resource)
            if word is not None:
                return word
        return str(provision["type"])

    def applies(self, provision: Json, ask: Ask, resource: Json | None) -> bool:
        """Tell whether all criteria of a provision fit."""
        whose = self.begun(provision, ask) and self.not_ended(provision, ask) and self.for_actor(provision, ask)
        if not whose or not self.for_purpose(provision, ask):
            return False
        return resource is None or (self.of_class(provision, resource) and self.of_data(provision, resource))

    def begun(self, provision: Json, ask: Ask) -> bool:
        """Tell whether the provision's time has begun."""
        start = provision.get("period", {}).get("start")
        return start is None or search_dates.span(start).start <= ask.moment

    def not_ended(self, provision: Json, ask: Ask) -> bool:
        """Tell whether the provision's time has not ended."""
        end = provision.get("period", {}).get("end")
        return end is None or ask.moment < search_dates.span(end).end

    def for_actor(self, provision: Json, ask: Ask) -> bool:
        """Tell whether the provision is about this caller."""
        actors = provision.get("actor", [])
        named = [actor["reference"] for actor in actors]
        return not named or any(
            (ask.user is not None and reference.get("reference") == ask.user)
            or reference.get("identifier", {}).get("value") == ask.client_id
            for reference in named
        )

    def for_purpose(self, provision: Json, ask: Ask) -> bool:
        """Tell whether the provision is about this purpose of use."""
        codes = [coding["code"] for coding in provision.get("purpose", [])]
        return not codes or ask.purpose in codes

    def of_class(self, provision: Json, resource: Json) -> bool:
        """Tell whether the record carries one of the provision's security labels."""
        wanted = {(label.get("system"), label["code"]) for label in provision.get("securityLabel", [])}
        return not wanted or bool(wanted & labels_of(resource))

    def of_data(self, provision: Json, resource: Json) -> bool:
        """Tell whether the record is, or belongs to, one that the provision names."""
        named = {item["reference"]["reference"] for item in provision.get("data", [])}
        own = f"{resource['resourceType']}/{resource['id']}"
        encounter = resource.get("encounter", {}).get("reference")
        return not named or own in named or encounter in named or resource["resourceType"] == "Patient"


def labels_of(resource: Json) -> set[tuple[str | None, str | None]]:
    """Return the security labels of a record as (system, code)."""
    return {(label.get("system"), label.get("code")) for label in resource.get("meta", {}).get("security", [])}


def check_readable(provision: Mapping[str, Any]) -> None:
    """Raise UnreadableConsent for a provision with a type or criterion that is not understood."""
    if provision["type"] not in ("permit", "deny"):
        raise UnreadableConsent("a provision is neither permit nor deny")
    unknown = set(provision) - _CRITERIA
    if unknown or any(item.get("meaning") not in _MEANINGS for item in provision.get("data", [])):
        raise UnreadableConsent("a provision has a criterion that is not understood")
    for value in provision.get("period", {}).values():
        search_dates.span(value)
    for inner in provision.get("provision", []):
        check_readable(inner)


def now_utc(wall: float) -> datetime:
    """Return a moment of the clock in UTC."""
    return datetime.fromtimestamp(wall, UTC)


def _selective(provision: Json) -> bool:
    return bool(
        provision.get("securityLabel")
        or provision.get("data")
        or any(_selective(inner) for inner in provision.get("provision", []))
    )
