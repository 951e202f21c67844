"""The population for checks that are not about consent: nobody withholds anything from anybody.

A gateway that enforces consent rightly leaves out what a patient withholds. Checks of other families compare what is
delivered with the whole chart, so what Consents deny is taken out of them before such a check is given the chart. What
they permit stays: where access needs a Consent, it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gauntlet.ehr import Ehr
from synthetic.population import Chart, Population
from synthetic.resource import Resource

Provision = Mapping[str, Any]


@dataclass(frozen=True)
class OpenPopulation(Population):
    """A population at the EHR of a lab; who asks for a chart finds it without denials there."""

    ehr: Ehr

    def chart(self, index: int) -> Chart:
        """The chart of an index, as recorded. Raises IndexError outside 0..size-1."""
        chart = super().chart(index)
        denying = denials(chart)
        held = {item["resource"]["id"] for item in self.ehr.held("Consent", chart.id)} if denying else set()
        for consent in denying:
            if consent.id not in held:  # a check has put its own in their place
                continue
            said = consent.body["provision"]
            gone = dict.fromkeys(said)  # a merge patch keeps what it does not name (RFC 7396)
            self.ehr.patch("Consent", consent.id, {"provision": {**gone, **permitting(said)}})
        return chart


def denials(chart: Chart) -> list[Resource]:
    """Return the chart's Consents in force that deny anything (FHIR R4, Consent.provision, which nests)."""
    return [
        item
        for item in chart.of_type("Consent")
        if item.body.get("status") == "active" and _denies(item.body.get("provision", {}))
    ]


def permitting(provision: Provision) -> dict[str, Any]:
    """Return a provision without what it denies."""
    if provision.get("type") == "deny":
        return {"type": "permit"}
    inner = [permitting(item) for item in provision.get("provision", ()) if item.get("type") != "deny"]
    rest = {name: value for name, value in provision.items() if name != "provision"}
    return {**rest, "provision": inner} if inner else rest


def _denies(provision: Provision) -> bool:
    return provision.get("type") == "deny" or any(_denies(item) for item in provision.get("provision", ()))
