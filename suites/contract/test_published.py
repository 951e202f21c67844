"""Family CON: what is published agrees with what works."""

import pytest

from gauntlet import expect
from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.errors import Inconclusive

# Search parameters of R4 that servers are known to have; those that a gateway does not list must not work.
STANDARD_PARAMETERS = {
    "AllergyIntolerance": {"clinical-status": "active", "criticality": "high", "type": "allergy"},
    "Appointment": {"date": "ge2000-01-01", "status": "booked", "practitioner": "Practitioner/none"},
    "Condition": {"category": "problem-list-item", "clinical-status": "active", "onset-date": "ge2000-01-01"},
    "Encounter": {"class": "AMB", "date": "ge2000-01-01", "status": "finished"},
    "Immunization": {"date": "ge2000-01-01", "status": "completed", "vaccine-code": "140"},
    "MedicationRequest": {"intent": "order", "status": "active", "authoredon": "ge2000-01-01"},
    "Observation": {"code": "8480-6", "date": "ge2000-01-01", "value-quantity": "gt1", "combo-code": "8480-6"},
    "Patient": {"birthdate": "ge1900-01-01", "gender": "female", "name": "a", "telecom": "phone"},
}
NEEDED = {"Observation": {"category": "vital-signs"}}
CHANGES = {
    "vread": ("GET", "{type}/{id}/_history/1"),
    "history-instance": ("GET", "{type}/{id}/_history"),
    "update": ("PUT", "{type}/{id}"),
    "patch": ("PATCH", "{type}/{id}"),
    "delete": ("DELETE", "{type}/{id}"),
}


@pytest.fixture
def listed(apps):
    """Return what the CapabilityStatement lists: type to (interactions, search parameters)."""
    statement = apps.anonymous().send("GET", "metadata").resource("CapabilityStatement")
    resources = [item for rest in statement.get("rest", []) for item in rest.get("resource", [])]
    if not resources:
        raise Inconclusive("the CapabilityStatement lists no resource: there is nothing to compare with")
    return {
        item["type"]: (
            {entry.get("code") for entry in item.get("interaction", [])},
            {entry.get("name") for entry in item.get("searchParam", [])},
        )
        for item in resources
    }


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-24", tripped_by=["hides-read"])
def test_no_hidden_interactions(app, new_chart, claims, listed, record_ids):
    """Only what the CapabilityStatement lists works

    For each claimed type, interactions that are not listed are tried on a record of a chart of this check's own; none
    may succeed.

    What nobody lists nobody reviews: a hidden delete is found by the wrong people.

    FHIR R4, RESTful API, capabilities.
    """
    charts = (new_chart() for _ in range(CHARTS_PER_CHECK))
    chart = next((item for item in charts if all(item.of_type(name) for name in claims.core.types)), None)
    if chart is None:
        raise Inconclusive("no chart of this check has a record of every claimed type")
    for resource_type in claims.core.types:
        known, _ = listed.get(resource_type, (set(), set()))
        record, pattern = record_ids(chart, resource_type)[0], chart.of_type(resource_type)[0].json
        for interaction, (method, path) in {"read": ("GET", "{type}/{id}"), **CHANGES}.items():
            if interaction in known:
                continue
            body = pattern if method in ("PUT", "PATCH") else None
            answer = app.send(method, path.format(type=resource_type, id=record), body=body)
            expect.that(
                not 200 <= answer.status < 300,
                f"{resource_type} has a hidden {interaction}",
                expected=f"a refusal, or {interaction} in the CapabilityStatement",
                actual=answer.brief(),
            )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-24", tripped_by=["hides-search-parameter"])
def test_no_hidden_search_parameters(app, chart, claims, listed):
    """A search parameter that works is listed in the CapabilityStatement

    Standard parameters that are not listed are sent with strict handling: a gateway that does not know them refuses;
    one that shows them as used in link[self] has them hidden.

    An app developer reads the list; what is missing there is filtered in the app, wrongly.

    FHIR R4, RESTful API, capabilities; search, handling=strict.
    """
    for resource_type in sorted(set(claims.core.types) & set(STANDARD_PARAMETERS)):
        _, known = listed.get(resource_type, (set(), set()))
        for name, value in STANDARD_PARAMETERS[resource_type].items():
            if name not in known:
                require_unserved(app, chart, resource_type, name, value)


def require_unserved(app, chart, resource_type, name, value):
    """Fail when a search by an unlisted parameter succeeds and says that it was used."""
    owner = {"_id": chart.id} if resource_type == "Patient" else {"patient": chart.id}
    answer = app.search(
        resource_type,
        {**owner, **NEEDED.get(resource_type, {}), name: value},
        headers={"Prefer": "handling=strict"},
    )
    links = answer.resource("Bundle").get("link", []) if answer.status == 200 else []
    used = [link["url"] for link in links if link.get("relation") == "self" and f"{name}=" in link.get("url", "")]
    expect.that(
        not used,
        f"{resource_type} has a hidden search parameter {name}",
        expected=f"400, or {name} in the CapabilityStatement",
        actual=f"200 and link[self] {used}",
    )


@pytest.mark.upstream("epic", "allscripts")
@pytest.mark.requirement("CON-03", tripped_by=["stale-smart-configuration", "no-smart-configuration"])
def test_smart_configuration(apps, tokens):
    """smart-configuration is served as JSON and names the token endpoint and keys that are really used

    Reads [base]/.well-known/smart-configuration as an anonymous client; its issuer is compared with the one whose
    tokens the gateway accepts, and the CapabilityStatement must point the same way.

    Apps find where to sign in by it. A stale address is an outage that only new users see.

    SMART App Launch 2.2, conformance; the document is JSON whatever Accept says.
    """
    issuer = tokens.require_issuer()
    answer = apps.anonymous().send("GET", ".well-known/smart-configuration", headers={"Accept": "application/xml"})
    document = expect.status(answer, 200).json()
    for name in ("token_endpoint", "capabilities", "grant_types_supported"):
        expect.that(
            bool(document.get(name)),
            f"smart-configuration has no {name}",
            expected=name,
            actual=", ".join(sorted(document)),
        )
    expect.equal(document.get("issuer"), issuer.url, "smart-configuration names another issuer than the tokens'")
    elsewhere = [
        f"{name}: {document[name]}"
        for name in ("token_endpoint", "jwks_uri")
        if name in document and not document[name].startswith(f"{issuer.url}/")
    ]
    expect.equal(elsewhere, [], "smart-configuration leads somewhere else than to the issuer")
    statement = apps.anonymous().send("GET", "metadata").resource("CapabilityStatement")
    services = [
        coding.get("code")
        for rest in statement.get("rest", [])
        for service in rest.get("security", {}).get("service", [])
        for coding in service.get("coding", [])
    ]
    expect.that(
        "SMART-on-FHIR" in services,
        "the CapabilityStatement does not name SMART-on-FHIR as its security service",
        expected="rest.security.service SMART-on-FHIR",
        actual=repr(services),
    )
