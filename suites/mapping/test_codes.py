"""Family MAP: local codes, by the terminology table that the target file names (a ConceptMap of FHIR R4)."""

import json

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive

pytestmark = pytest.mark.upstream("epic", "allscripts")

TYPES = {
    "http://loinc.org": "Observation",
    "http://hl7.org/fhir/sid/icd-10-cm": "Condition",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "MedicationRequest",
}
CVX = "http://hl7.org/fhir/sid/cvx"
CODE = {"MedicationRequest": "medicationCodeableConcept", "Immunization": "vaccineCode"}
SAME = ("equivalent", "equal")
AT_MOST = 3


@pytest.fixture
def table(claims, target):
    """The terminology table of the target."""
    if claims.mapping is None or claims.mapping.terminology is None:
        pytest.skip("the target does not claim a terminology table ([claims.mapping] terminology)")
    return json.loads((target.path.parent / claims.mapping.terminology).read_text(encoding="utf-8"))


def elements(table, system, wanted):
    """Return (local system, element, target) of the table's rows for a standard code system that are `wanted`."""
    rows = [
        (group["source"], element, target)
        for group in table["group"]
        if group["target"] == system
        for element in group["element"]
        for target in element.get("target", [])[:1]
        if "allerg" not in group["source"] and wanted(target["equivalence"])
    ]
    if not rows:
        raise Inconclusive(f"the terminology table has no row of this kind for {system}")
    return rows[:AT_MOST]


def record(resource_type, local_system, code, display):
    """Return a record with a local code."""
    concept = {"coding": [{"system": local_system, "code": code, "display": display}], "text": display}
    kinds = "http://terminology.hl7.org/CodeSystem/"
    return {
        "Observation": {
            "resourceType": "Observation",
            "status": "final",
            "category": [{"coding": [{"system": f"{kinds}observation-category", "code": "laboratory"}]}],
            "code": concept,
            "effectiveDateTime": "2026-06-01T14:00:00Z",
            "valueString": "negative",
        },
        "Condition": {
            "resourceType": "Condition",
            "clinicalStatus": {"coding": [{"system": f"{kinds}condition-clinical", "code": "active"}]},
            "verificationStatus": {"coding": [{"system": f"{kinds}condition-ver-status", "code": "confirmed"}]},
            "category": [{"coding": [{"system": f"{kinds}condition-category", "code": "problem-list-item"}]}],
            "code": concept,
            "onsetDateTime": "2026-06-01",
        },
        "MedicationRequest": {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": concept,
            "authoredOn": "2026-06-01T14:00:00Z",
            "dosageInstruction": [{"text": "as directed"}],
        },
        "Immunization": {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": concept,
            "occurrenceDateTime": "2026-06-01",
            "primarySource": True,
        },
    }[resource_type]


def codings(resource):
    """Return (system, code) of what a delivered record is about."""
    concept = resource.get(CODE.get(resource["resourceType"], "code"), {})
    return [(item.get("system"), item.get("code")) for item in concept.get("coding", [])]


def require_served(resource_type, claims):
    """Skip a type that the target does not claim."""
    if resource_type not in claims.core.types:
        pytest.skip(f"the target does not claim {resource_type}")


def translated(name, system, kind, *defects):
    """Return a parameter for a standard code system and a type; the given defects trip it, too."""
    tripped_by = ["keeps-local-codes", "drops-source-codes", *defects]
    return pytest.param(system, kind, marks=pytest.mark.requirement("MAP-01", tripped_by=tripped_by), id=name)


@pytest.mark.parametrize(
    ("system", "kind"),
    [
        *(translated(name, *pair) for name, pair in zip(("loinc", "icd-10-cm", "rxnorm"), TYPES.items(), strict=True)),
        translated("cvx", CVX, "Immunization", "maps-vaccines-to-neighbour"),
    ],
)
def test_local_codes_are_translated(planting, chart, table, claims, system, kind):
    """A local code comes with the standard code of the terminology table, and stays as a second coding

    Records with local codes of the table are put into the EHR, up to three for each standard code system; the codings
    that the gateway delivers are compared with the table.

    An app that knows LOINC, ICD-10-CM, RxNorm and CVX shows nothing of a record whose code only this hospital knows;
    and without the source code nobody can tell later what was really entered. A child whose vaccine comes out as
    another one misses a dose, or is given it twice.

    FHIR R4, CodeableConcept: translations stand beside the code that was entered; ConceptMap.
    """
    require_served(kind, claims)
    for local, element, target in elements(table, system, lambda equivalence: equivalence in SAME):
        delivered = planting.must_be_delivered(chart, record(kind, local, element["code"], element["display"]))
        found = codings(delivered)
        expect.that(
            (system, target["code"]) in found,
            f"the local code {element['code']} is not translated as the table says",
            expected=f"{system}|{target['code']} among the codings",
            actual=str(found),
        )
        expect.that(
            element["code"] in [code for _, code in found],
            f"the local code {element['code']} was dropped when it was translated",
            expected=f"{element['code']} among the codings",
            actual=str(found),
        )


def unknown(table):
    """Return a code that the table does not have, with the words of one that it has."""
    local, element, _ = elements(table, "http://loinc.org", lambda equivalence: equivalence in SAME)[0]
    return "Observation", local, element["code"] + "X", element["display"]


def unmatched(table):
    """Return a code of which the table says that there is no standard one."""
    for system, kind in TYPES.items():
        try:
            local, element, _ = elements(table, system, lambda equivalence: equivalence == "unmatched")[0]
        except Inconclusive:
            continue
        return kind, local, element["code"], element["display"]
    raise Inconclusive("the terminology table has no row without a match")


def inexact(table):
    """Return a code whose standard one means something wider, narrower or otherwise else."""
    for system, kind in TYPES.items():
        try:
            local, element, _ = elements(table, system, lambda equivalence: equivalence not in (*SAME, "unmatched"))[0]
        except Inconclusive:
            continue
        return kind, local, element["code"], element["display"]
    raise Inconclusive("the terminology table has no inexact row")


def lookalike(table):
    """Return a code in the form of LOINC's whose check digit is wrong, so that it cannot be one."""
    local, _, _ = elements(table, "http://loinc.org", lambda _: True)[0]
    return "Observation", local, "2345-8", "House panel, glucose load"


def vaccine(table):
    """Return the code of a vaccine of which the table says that there is no standard one."""
    local, element, _ = elements(table, CVX, lambda equivalence: equivalence == "unmatched")[0]
    return "Immunization", local, element["code"], element["display"]


UNMAPPABLE = {
    "unknown": unknown,
    "unmatched": unmatched,
    "inexact": inexact,
    "lookalike": lookalike,
    "vaccine": vaccine,
}


def case(kind, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(kind, marks=pytest.mark.requirement("MAP-02", tripped_by=[*defects, "drops-unmapped-records"]))


@pytest.mark.parametrize(
    "kind",
    [
        case("unknown", "guesses-by-beginnings", "unmapped-not-flagged", "unmapped-not-counted"),
        case("unmatched"),
        case("inexact", "translates-inexact-matches"),
        case("lookalike", "takes-every-number-for-loinc"),
        case("vaccine"),
    ],
)
def test_codes_without_a_translation(planting, chart, table, claims, metrics, kind):
    """A code that cannot be translated is delivered as it is and flagged, never dropped and never guessed

    A record is put into the EHR whose code the table does not translate: one that it does not know, although the
    words are those of a known one; one of which it says that nothing matches; one that only comes close; one that
    merely looks like LOINC; one of a vaccine that has no match. No standard code may come out, the source code or the
    words must, and the flag that the target file names must be there: a tag on the record, a counter, or both.

    A guessed code is a fact that nobody recorded, and it travels on; a dropped one is an allergy nobody sees.

    FHIR R4, CodeableConcept: text and local codings are always allowed; ConceptMap equivalence.
    """
    if kind == "vaccine":
        require_served("Immunization", claims)
    resource_type, local, code, display = UNMAPPABLE[kind](table)
    standards = {group["target"] for group in table["group"]}
    counted = total(metrics, claims.mapping.unmapped_metric)
    delivered = planting.must_be_delivered(chart, record(resource_type, local, code, display))
    found = codings(delivered)
    guessed = [item for item in found if item[0] in standards]
    expect.equal(guessed, [], f"the code {code} has no translation, and came out with one")
    concept = delivered.get(CODE.get(resource_type, "code"), {})
    expect.that(
        code in [item for _, item in found] or display in str(concept.get("text")),
        "neither the source code nor its words are delivered",
        expected=f"{code} as a coding, or {display!r} as text",
        actual=str(concept),
    )
    flagged(delivered, claims.mapping, counted, metrics)


def total(metrics, name):
    """Return the sum of a counter over its labels, 0 without one."""
    if name is None:
        return 0.0
    return sum(value for sample, value in metrics.samples().items() if sample.partition("{")[0] == name)


def flagged(delivered, claim, counted, metrics):
    """Fail unless a record is flagged in every way that the target file names."""
    if claim.unmapped_tag is None and claim.unmapped_metric is None:
        raise Inconclusive("the target file says neither unmapped_tag nor unmapped_metric in [claims.mapping]")
    if claim.unmapped_tag is not None:
        tags = [f"{tag.get('system')}|{tag.get('code')}" for tag in delivered.get("meta", {}).get("tag", [])]
        expect.that(
            claim.unmapped_tag in tags,
            "the record does not say that its code has no translation",
            expected=f"meta.tag {claim.unmapped_tag}",
            actual=str(tags),
        )
    if claim.unmapped_metric is not None:
        more = total(metrics, claim.unmapped_metric) - counted
        expect.at_least(more, 1, f"{claim.unmapped_metric} did not count the code")


@pytest.mark.requirement("MAP-11", tripped_by=["hides-terminology-version", "tells-an-old-terminology-version"])
def test_the_terminology_version_is_visible(planting, chart, table, app):
    """The version of the terminology in use can be seen

    The version of the target's terminology table is looked for in the CapabilityStatement and in a record with a local
    code.

    When a mapping turns out to be wrong, the hospital has to find the records that were delivered by it.

    FHIR R4, Coding.version; CapabilityStatement documentation.
    """
    local, element, _ = elements(table, "http://loinc.org", lambda equivalence: equivalence in SAME)[0]
    delivered = planting.must_be_delivered(chart, record("Observation", local, element["code"], element["display"]))
    statement = expect.status(app.with_token(None).send("GET", "metadata"), 200).resource("CapabilityStatement")
    told = {name: value for name, value in statement.items() if name != "date"}  # versions may look like dates
    expect.that(
        table["version"] in json.dumps(told, default=str)
        or f'"{table["version"]}"' in json.dumps(delivered, default=str),
        "the version of the terminology table is nowhere to be seen",
        expected=f"{table['version']} in /metadata or in a translated record",
        actual="neither says it",
    )
