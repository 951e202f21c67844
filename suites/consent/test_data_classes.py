"""Family CST: what a patient has withheld is withheld on every path, and nothing betrays that it exists."""

import json
import re

import pytest

from gauntlet import expect
from gauntlet.consents import deny_labels, permit
from gauntlet.errors import Inconclusive
from gauntlet.settled import settled

LABELS = ["PSY", "ETH", "42CFRPart2", "HIV", "SEX"]
NOBODY = "eNobodyHasThisId00000001"


def read_through(app, claims, resource):
    """Return the body of a read, empty when it is refused."""
    answer = app.read(resource.type, resource.id)
    return answer.body if answer.status == 200 else b""


def search_through(app, claims, resource):
    """Return the body of a search for all records of the type."""
    patient = resource.body["subject"]["reference"].rpartition("/")[2]
    return expect.status(app.search(resource.type, {"patient": patient}), 200).body


def batch_through(app, claims, resource):
    """Return the body of a batch with that read and that search."""
    patient = resource.body["subject"]["reference"].rpartition("/")[2]
    urls = (f"{resource.type}/{resource.id}", f"{resource.type}?patient={patient}")
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    return expect.status(app.send("POST", "", body=json.dumps(bundle).encode()), 200).body


@pytest.fixture
def withhold(consents, claims):
    """Return a function that lets the patient permit treatment, but not with what carries the label."""

    def say(chart, label):
        consents.only(chart, permit(claims.consent.treatment, provision=[deny_labels(label)]))

    return say


@pytest.fixture
def permitted(consents, claims):
    """Return a function that lets the patient permit treatment with everything."""
    return lambda chart: consents.only(chart, permit(claims.consent.treatment))


def withheld_condition(app, claims, consents, permitted, withhold, chart, label):
    """Return a condition that was delivered until the patient withheld its class."""
    condition = chart.of_type("Condition")[0]
    consents.label(condition, [label])
    permitted(chart)
    if not settled(lambda: read_through(app, claims, condition) != b"", claims.consent.within_s):
        raise Inconclusive("the condition is not served although the patient permits everything")
    withhold(chart, label)
    return condition


@pytest.mark.requirement("CST-01", tripped_by=["consent-unasked-on-reads"])
@pytest.mark.parametrize("label", LABELS)
def test_class_is_withheld_from_reads(app, claims, consents, permitted, withhold, chart, label):
    """A record of a class that the patient has withheld is not read

    A condition gets the label of the class. Control: the patient permits everything, and it is served. Then the
    patient withholds the class, and within the claimed time it must not be served any more.

    A colleague who reads about a past addiction changes how a patient is treated.

    42 CFR Part 2; HL7 FHIR R4 Consent, provision.securityLabel.
    """
    condition = withheld_condition(app, claims, consents, permitted, withhold, chart, label)
    gone = settled(lambda: read_through(app, claims, condition) == b"", claims.consent.within_s)
    expect.that(gone, "the record is read although its class is withheld", expected="not served", actual="served")


@pytest.mark.requirement("CST-01", tripped_by=["consent-unasked-on-searches"])
@pytest.mark.parametrize("label", LABELS)
def test_class_is_withheld_from_searches(app, claims, consents, permitted, withhold, chart, label):
    """A record of a class that the patient has withheld is not found, and everything else is

    As for reads; the search must lose that one record and no other one.

    What a read refuses is worth nothing when the problem list shows it.

    42 CFR Part 2; HL7 FHIR R4 Consent, provision.securityLabel.
    """
    condition = withheld_condition(app, claims, consents, permitted, withhold, chart, label)
    wanted = {item.id for item in chart.of_type("Condition") if label not in labels(item)} - {condition.id}

    def found():
        body = json.loads(search_through(app, claims, condition))
        return {entry["resource"]["id"] for entry in body.get("entry", []) if entry["search"]["mode"] == "match"}

    settled(lambda: condition.id not in found(), claims.consent.within_s)
    expect.same_set(sorted(found()), sorted(wanted), "the search with a class withheld")


@pytest.mark.requirement("CST-01", tripped_by=["consent-unasked-in-batches"])
def test_class_is_withheld_from_batches(app, claims, consents, permitted, withhold, chart):
    """A record of a class that the patient has withheld is in no answer of a batch

    As for reads, with a batch of that read and that search. Without claimed batches there is nothing to judge.

    Whatever gathers data for a dashboard goes this way.

    42 CFR Part 2; HL7 FHIR R4 Consent, provision.securityLabel.
    """
    if claims.batch is None:
        pytest.skip("the target does not claim batch")
    condition = withheld_condition(app, claims, consents, permitted, withhold, chart, "PSY")
    mine = f'"id":"{condition.id}"'.encode()

    def shown():
        return mine in re.sub(rb"\s", b"", batch_through(app, claims, condition))

    gone = settled(lambda: not shown(), claims.consent.within_s)
    expect.that(gone, "a batch delivers a record whose class is withheld", expected="not there", actual="there")


@pytest.mark.requirement("CST-01", tripped_by=["consent-unasked-on-searches"])
def test_consents_of_the_population(app, claims, consents, chart_where):
    """Patients who had withheld a class all along are not shown with it

    A patient of the population whose record holds sensitive conditions and whose Consent denies their classes; a
    search of conditions must give exactly the others.

    What counts is what was said at admission, long before the gateway came.

    42 CFR Part 2; HL7 FHIR R4 Consent, provision.securityLabel.
    """
    chart = chart_where(lambda item: bool(sensitive(item)) and bool(item.of_type("Consent")))
    consents.as_recorded(chart)
    wanted = {item.id for item in chart.of_type("Condition")} - sensitive(chart)
    answer = expect.status(app.search("Condition", {"patient": chart.id}), 200)
    found = [entry["resource"]["id"] for entry in answer.json().get("entry", []) if entry["search"]["mode"] == "match"]
    expect.same_set(found, sorted(wanted), "the conditions of a patient who withholds a class")


def sensitive(chart):
    """Return the ids of the chart's conditions that carry a label of a withheld class."""
    return {item.id for item in chart.of_type("Condition") if labels(item) & set(LABELS)}


def labels(item):
    """Return the codes of a record's security labels."""
    return {label["code"] for label in item.body.get("meta", {}).get("security", [])}


@pytest.mark.requirement("CST-08", tripped_by=["consent-shows-in-errors"])
def test_errors_do_not_betray(app, claims, consents, permitted, withhold, chart):
    """A withheld record is answered like one that does not exist

    A read of a withheld condition is compared with a read of an id that nobody has: status and text must be the same.

    "You may not see the psychiatric record" says that there is one.

    API strategy for legacy EHR vendors, section 4; 42 CFR 2.13(c).
    """
    condition = withheld_condition(app, claims, consents, permitted, withhold, chart, "PSY")
    if not settled(lambda: read_through(app, claims, condition) == b"", claims.consent.within_s):
        raise Inconclusive("the record is not withheld: there is nothing to betray")
    withheld, absent = app.read("Condition", condition.id), app.read("Condition", NOBODY)
    expect.equal(withheld.status, absent.status, "the status of a withheld record is not that of an absent one")
    text = withheld.body.decode().replace(condition.id, NOBODY)
    expect.equal(text, absent.body.decode(), "the text about a withheld record is not that of an absent one")


@pytest.mark.requirement("CST-08", tripped_by=["totals-count-withheld"])
def test_totals_do_not_betray(app, claims, consents, permitted, withhold, chart):
    """The total of a search does not count what is withheld

    A search of conditions with a class withheld; the total, where there is one, must be the number delivered.

    One less than the total tells as much as the record's title.

    API strategy for legacy EHR vendors, section 4.
    """
    condition = withheld_condition(app, claims, consents, permitted, withhold, chart, "HIV")
    if not settled(lambda: read_through(app, claims, condition) == b"", claims.consent.within_s):
        raise Inconclusive("the record is not withheld: there is nothing to betray")
    bundle = expect.status(app.search("Condition", {"patient": chart.id}), 200).json()
    matches = sum(entry["search"]["mode"] == "match" for entry in bundle.get("entry", []))
    expect.equal(bundle.get("total", matches), matches, "the total counts more than what is delivered")


@pytest.mark.requirement("CST-08", tripped_by=["references-betray-withheld"])
def test_references_do_not_betray(app, ehr, claims, consents, permitted, withhold, new_chart):
    """No record that is delivered refers to a withheld one

    A prescription, itself not of the class, names the withheld condition as its reason. Control: while everything is
    permitted the reference is delivered. With the class withheld the prescription must come without it.

    A reason that cannot be opened is a reason that somebody hides.

    API strategy for legacy EHR vendors, section 4.
    """
    chart, prescription, condition = prescribed(new_chart)
    ehr.patch("MedicationRequest", prescription.id, {"meta": {"security": None}})
    consents.label(condition, ["PSY"])
    permitted(chart)
    named = condition.id.encode()
    if not settled(lambda: named in read_through(app, claims, prescription), claims.consent.within_s):
        raise Inconclusive("the prescription comes without its reason although the patient permits everything")
    withhold(chart, "PSY")
    if not settled(lambda: read_through(app, claims, condition) == b"", claims.consent.within_s):
        raise Inconclusive("the record is not withheld: there is nothing to betray")
    expect.that(
        prescription.id.encode() in read_through(app, claims, prescription),
        "a prescription is withheld whose own class is not",
        expected="the prescription without its reason",
        actual="no prescription",
    )
    for path in (read_through, search_through):
        silent = named not in path(app, claims, prescription)
        expect.that(silent, "a reference names a withheld record", expected="no reference", actual="the reference")


def prescribed(new_chart):
    """Return a chart with a prescription that names a condition as its reason, and both."""
    for _ in range(8):
        chart = new_chart()
        conditions = {f"Condition/{item.id}": item for item in chart.of_type("Condition")}
        for prescription in chart.of_type("MedicationRequest"):
            for reason in prescription.body.get("reasonReference", []):
                if reason["reference"] in conditions:
                    return chart, prescription, conditions[reason["reference"]]
    raise Inconclusive("none of eight charts has a prescription that names its reason")
