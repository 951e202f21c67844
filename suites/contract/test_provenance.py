"""Family CON: what is delivered says where it comes from and how it may be used."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.sweep import all_matches

HTEST = "HTEST"


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-19", tripped_by=["unnamed-source"])
def test_source_is_named(app, chart_where, claims, record_ids):
    """Every record that is read names the system it comes from

    Reads one record of each claimed type; meta.source must name its source system.

    When two EHRs stand behind one gateway, a value nobody can trace to its system cannot be corrected in it.

    FHIR R4, Resource, meta.source; US Core, basic provenance.
    """
    chart = chart_where(lambda chart: all(chart.of_type(name) for name in claims.core.types))
    for resource_type in claims.core.types:
        record = record_ids(chart, resource_type)[0]
        delivered = expect.status(app.read(resource_type, record), 200).resource(resource_type)
        source = delivered.get("meta", {}).get("source", "")
        expect.that(
            bool(source),
            f"{resource_type}/{record} does not say where it comes from",
            expected="meta.source with the source system",
            actual="no meta.source",
        )


@pytest.mark.upstream("epic")  # rows of Unity carry no labels
@pytest.mark.requirement("CON-19", tripped_by=["drops-security-labels"])
@pytest.mark.parametrize("interaction", ["read", "search"])
def test_labels_survive(app, chart_where, claims, interaction):
    """Confidentiality and sensitivity labels of a record are delivered with it

    Takes a chart with records labelled as sensitive (behavioural health, substance use, HIV); every label that the
    record has in the EHR must be on what is delivered.

    The next system decides by these labels who may see a diagnosis; without them it shows everybody.

    FHIR R4, security labels; HL7 Data Segmentation for Privacy.
    """
    chart = chart_where(lambda chart: bool(sensitive(chart, claims)))
    for record in sensitive(chart, claims)[:4]:
        if interaction == "read":
            delivered = expect.status(app.read(record.type, record.id), 200).resource(record.type)
        else:
            found = all_matches(app, expect.status(app.search(record.type, {"patient": chart.id, "_count": 200}), 200))
            delivered = next((item for item in found if item["id"] == record.id), None)
            if delivered is None:
                raise Inconclusive(f"{record.type}/{record.id} was not found: there is no label to judge")
        missing = sorted(labels(record.body) - labels(delivered))
        expect.equal(missing, [], f"{record.type}/{record.id} has lost labels")


def labels(resource):
    """Return the security labels of a resource as (system, code)."""
    return {(item.get("system"), item.get("code")) for item in resource.get("meta", {}).get("security", [])}


def sensitive(chart, claims):
    """Return the records of claimed types that carry more than the label of test data."""
    return [
        record
        for record in chart.resources
        if record.type in claims.core.types and {code for _, code in labels(record.body)} - {HTEST}
    ]
