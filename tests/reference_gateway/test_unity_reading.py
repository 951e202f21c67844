"""Reading Unity's rows: layouts of dates, local times, values in texts, codes."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from reference_gateway.r4.structure import problems
from reference_gateway.refusal import Refusal
from reference_gateway.site_time import SiteTime
from reference_gateway.terminology import read_concept_map
from reference_gateway.unity_codes import UnityCodes, is_loinc
from reference_gateway.unity_dates import UnityDates, Written
from reference_gateway.unity_ids import UnityIds
from reference_gateway.unity_immunizations import UnityImmunizations
from reference_gateway.unity_observations import UnityObservations
from reference_gateway.unity_problems import UnityProblems, UnityStatuses
from reference_gateway.unity_records import UnityRecords
from reference_gateway.unity_times import UnityTimes
from reference_gateway.unity_values import UnityValues

EASTERN = SiteTime(ZoneInfo("America/New_York"))

DATES = {
    "05-Apr-2026": Written("2026-04-05"),
    "05-Apr-2026 12:05 am": Written("2026-04-05", dt.datetime.fromisoformat("2026-04-05T00:05:00")),
    "05-Apr-2026 12:05 PM": Written("2026-04-05", dt.datetime.fromisoformat("2026-04-05T12:05:00")),
    "4/5/2026 9:08:07 PM": Written("2026-04-05", dt.datetime.fromisoformat("2026-04-05T21:08:07")),
    "04/05/2026": Written("2026-04-05"),
    "2026/04/05": Written("2026-04-05"),
    "May-1950": Written("1950-05"),
    "1950": Written("1950"),
    " ": None,
}


@pytest.mark.parametrize(("text", "read"), DATES.items(), ids=DATES)
def test_layouts(text, read):
    assert UnityDates().read(text) == read


@pytest.mark.parametrize(
    "text", ["yesterday", "31-Feb-2026", "5.4.2026", "04/05/26", "13/13/2026", "4/5/2026 0:05:00 AM"]
)
def test_what_is_no_layout(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the text is told to nobody
        UnityDates().read(text)


@pytest.mark.parametrize(
    ("local", "text", "ambiguous"),
    [
        ("2026-01-15T09:30", "2026-01-15T09:30:00-05:00", False),
        ("2026-03-08T01:59", "2026-03-08T01:59:00-05:00", False),
        ("2026-03-08T02:30", "2026-03-08", False),  # no clock showed it
        ("2026-03-08T03:00", "2026-03-08T03:00:00-04:00", False),
        ("2025-11-02T00:59", "2025-11-02T00:59:00-04:00", False),
        ("2025-11-02T01:30", "2025-11-02T01:30:00-04:00", True),
        ("2025-11-02T02:00", "2025-11-02T02:00:00-05:00", False),
        ("2025-12-31T23:45", "2025-12-31T23:45:00-05:00", False),
    ],
)
def test_local_times(local, text, ambiguous):
    moment = EASTERN.moment(dt.datetime.fromisoformat(local))
    assert (moment.text, moment.ambiguous) == (text, ambiguous)


UCUM = {"system": "http://unitsofmeasure.org"}
VALUES = {
    "1.50 mg/dL": {"valueQuantity": {"value": Decimal("1.50"), "unit": "mg/dL", "code": "mg/dL", **UCUM}},
    "<0.01 ng/mL": {
        "valueQuantity": {"value": Decimal("0.01"), "comparator": "<", "unit": "ng/mL", "code": "ng/mL", **UCUM}
    },
    "98.6 degF": {"valueQuantity": {"value": Decimal("98.6"), "unit": "degF", "code": "[degF]", **UCUM}},
    "7 widgets": {"valueQuantity": {"value": Decimal(7), "unit": "widgets"}},
    "7 colonies seen": {"valueString": "7 colonies seen"},
    "10-25": {"valueRange": {"low": {"value": Decimal(10)}, "high": {"value": Decimal(25)}}},
    "1:128": {"valueRatio": {"numerator": {"value": Decimal(1)}, "denominator": {"value": Decimal(128)}}},
    "negative": {"valueString": "negative"},
}


@pytest.mark.parametrize(("text", "found"), VALUES.items(), ids=VALUES)
def test_values(text, found):
    assert UnityValues().value(text) == found
    assert str(UnityValues().value("1.50 mg/dL")["valueQuantity"]["value"]) == "1.50"


@pytest.mark.parametrize(("text", "code"), [("", "unknown"), ("Not Performed", "not-performed")])
def test_missing_values(text, code):
    assert UnityValues().value(text)["dataAbsentReason"]["coding"][0]["code"] == code


def test_packed_results():
    found = UnityValues().packed("Glucose: 205 mg/dL (H) [70-99]", "Glucose")
    assert found["valueQuantity"]["value"] == 205
    assert found["interpretation"][0]["coding"][0]["code"] == "H"
    assert found["referenceRange"][0]["high"] == {"value": Decimal(99), "unit": "mg/dL", "code": "mg/dL", **UCUM}
    assert UnityValues().packed("eGFR: 59 (L) [>= 60]", "eGFR")["referenceRange"][0] == {"low": {"value": Decimal(60)}}
    assert UnityValues().packed("Growth: none (XY) [see note]", "Growth") == {
        "valueString": "none (XY)",
        "referenceRange": [{"text": "see note"}],
    }


@pytest.mark.parametrize(("code", "loinc"), [("2345-7", True), ("2345-8", False), ("85354-9", True), ("GLU", False)])
def test_loinc_codes_have_a_check_digit(code, loinc):
    assert is_loinc(code) == loinc


TABLE = {
    "resourceType": "ConceptMap",
    "url": "urn:x",
    "version": "7",
    "group": [
        {
            "source": "urn:unity:problems",
            "target": "http://hl7.org/fhir/sid/icd-10-cm",
            "element": [
                {"code": "HTN", "target": [{"code": "I10", "equivalence": "equivalent"}]},
                {"code": "KNEE", "target": [{"code": "M25.569", "equivalence": "wider"}]},
            ],
        }
    ],
}


def concept(entry, section="problems"):
    counted = []
    codes = UnityCodes(read_concept_map(TABLE), "urn:unity:", counted.append)
    resource = {"resourceType": "Condition"}
    codes.put(resource, "code", {"description": "Words", "code": "4711   ", "entrycode": entry}, section)
    return [item["code"] for item in resource["code"]["coding"]], bool(counted), "meta" in resource


@pytest.mark.parametrize(
    ("entry", "codes", "flagged"),
    [
        ("I10|ICD10", ["I10", "4711"], False),
        ("HTN|LOCAL", ["I10", "HTN", "4711"], False),
        ("KNEE|LOCAL", ["KNEE", "4711"], True),
        ("HTNX|LOCAL", ["HTNX", "4711"], True),
        (" ", ["4711"], True),
    ],
)
def test_codes(entry, codes, flagged):
    assert concept(entry) == (codes, flagged, flagged)


WRONG_TABLES = {
    "another resource": {**TABLE, "resourceType": "ValueSet"},
    "no version": {**TABLE, "version": ""},
    "two equivalents": {
        **TABLE,
        "group": [
            {
                **TABLE["group"][0],
                "element": [
                    {"code": "A", "target": [{"code": code, "equivalence": "equal"} for code in ("I10", "I11.9")]}
                ],
            }
        ],
    },
    "no target system": {**TABLE, "group": [{"source": "urn:x", "element": TABLE["group"][0]["element"]}]},
}


@pytest.mark.parametrize("table", WRONG_TABLES.values(), ids=WRONG_TABLES)
def test_tables_that_cannot_be_relied_on(table):
    with pytest.raises(ValueError, match=r"ConceptMap|terminology"):
        read_concept_map(table)


@pytest.mark.parametrize(
    ("row", "owner"),
    [({"patientid": "13"}, "p13"), ({"patientID": " 14 "}, "p14"), ({"patientid": " "}, "p12"), ({}, "p12")],
    ids=["encounter", "appointment", "blank", "not-told"],
)
def test_whose_a_row_is(row, owner):
    parts = dict.fromkeys(("actions", "problems", "observations", "immunizations", "visits", "times"))
    assert UnityRecords(ids=UnityIds(), **parts).owner(row, "12") == owner


def test_oxygen_saturation_has_both_its_codes():
    concept = {"coding": [{"system": "http://loinc.org", "code": "59408-5"}, {"system": "urn:x", "code": "2708-6"}]}
    reader = UnityObservations(None, None, None)
    for _ in range(2):
        reader.put_companions(concept)
    assert [item["code"] for item in concept["coding"]] == ["59408-5", "2708-6", "2708-6"]
    assert concept["coding"][2] == {"system": "http://loinc.org", "code": "2708-6"}
    other = {"text": "BP"}
    reader.put_companions(other)
    assert other == {"text": "BP"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3", {"dispenseRequest": {"numberOfRepeatsAllowed": 3}}),
        (" 0 ", {"dispenseRequest": {"numberOfRepeatsAllowed": 0}}),
    ]
    + [(text, {}) for text in (" ", "PRN", "-1", "1.5", "\u0663")],
)
def test_refills(text, found):
    assert UnityProblems(None, None, None).dispensing({"refills": text}) == found


@pytest.mark.parametrize(
    ("prefix", "word", "clinical"),
    [
        ("condition", "Active", "active"),
        ("condition", "Refuted", "inactive"),
        ("condition", "Entered In Error", None),
        ("condition", "Provisional", None),
        ("allergyintolerance", "Resolved", "resolved"),
        ("allergyintolerance", "Refuted", "inactive"),
        ("allergyintolerance", "Unconfirmed", "active"),
        ("allergyintolerance", "Entered In Error", None),
        ("allergyintolerance", "Whatever", "active"),
        ("allergyintolerance", "Relapse", "active"),
    ],
)
def test_courses(prefix, word, clinical):
    resource = {}
    UnityStatuses().put(resource, {"status": word}, prefix)
    found = resource.get("clinicalStatus", {"coding": [{"code": None}]})
    assert found["coding"][0]["code"] == clinical


def immunization(status="Completed", given="04/05/2026", entry="08|CVX"):
    codes = UnityCodes(read_concept_map(TABLE), "urn:unity:", lambda _: None)
    row = {"status": status, "displaydate": given, "entrycode": entry, "code": "4711   ", "description": "Hep B"}
    return UnityImmunizations(codes, UnityTimes(UnityDates(), EASTERN)).resource(row, "p1.I1", "p1")


def test_an_immunization_out_of_a_row():
    assert immunization() == {
        "resourceType": "Immunization",
        "id": "p1.I1",
        "status": "completed",
        "vaccineCode": {
            "coding": [
                {"system": "http://hl7.org/fhir/sid/cvx", "code": "08"},
                {"system": "urn:unity:immunizations:dictionary", "code": "4711"},
            ],
            "text": "Hep B",
        },
        "patient": {"reference": "Patient/p1"},
        "occurrenceDateTime": "2026-04-05",
    }


@pytest.mark.parametrize(("word", "status"), [("Not Done", "not-done"), ("Entered In Error", "entered-in-error")])
def test_what_was_not_given_says_so(word, status):
    assert immunization(word)["status"] == status


def test_an_immunization_without_a_day_says_that_it_is_not_known():
    found = immunization(given=" ", entry="TRAVEL-MIX|LOCAL")
    assert found["_occurrenceDateTime"]["extension"][0]["valueCode"] == "unknown"
    assert found["meta"]["tag"][0]["code"] == "unmapped-code"
    assert problems(found, "Immunization") == []


def test_nobody_guesses_whether_a_vaccine_was_given():
    with pytest.raises(Refusal):
        immunization("Pending")
