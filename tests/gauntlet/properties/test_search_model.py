import pytest

from gauntlet.properties.search_model import fits, owner
from gauntlet.properties.spans import date_fits, span, span_of

INSTANT = "2026-06-15T12:00:00Z"
PERIOD = {"start": "2026-06-15T12:00:00Z", "end": "2026-06-17T12:00:00Z"}


@pytest.mark.parametrize(
    ("value", "held", "verdict"),
    [
        ("2026-06-15T12:00:00Z", INSTANT, True),
        ("2026-06-15T07:00:00-05:00", INSTANT, True),
        ("2026-06-15T12:00:00-05:00", INSTANT, False),
        ("2026-06-15T12:00Z", INSTANT, True),
        ("ge2026-06-15T12:00:00Z", INSTANT, True),
        ("gt2026-06-15T12:00:00Z", INSTANT, False),
        ("lt2026-06-15T12:00:00Z", INSTANT, False),
        ("le2026-06-15T12:00:00Z", INSTANT, True),
        ("ne2026-06-15T12:00:00Z", INSTANT, False),
        ("sa2026-06-15T11:59:59Z", INSTANT, True),
        ("eb2026-06-15T12:00:01Z", INSTANT, True),
        ("2026-06-15", "2026-06-15", True),
        ("2026-06", "2026-06-15", True),
        ("2026", "2026-06-15", True),
        ("ge2026-12", "2026-06-15", False),
        ("2026-06-15", INSTANT, None),  # whose midnight?
        ("2026-06", INSTANT, True),
        ("ge2026-06-14", INSTANT, True),
        ("ge2026-06-17", INSTANT, False),
        ("2026-06-15T12:00:00Z", PERIOD, None),  # within it: some call that equal
        ("ge2026-06-20", PERIOD, False),
        ("le2026-06-10", PERIOD, False),
        ("sa2026-06-10", {"start": INSTANT}, True),
        ("gt2030", {"start": INSTANT}, None),
        ("lt2000", {"end": INSTANT}, None),
    ],
)
def test_dates(value, held, verdict):
    assert date_fits(value, held) is verdict


@pytest.mark.parametrize(
    ("text", "high"),
    [
        ("2026", "2027-01-01T00:00:00+00:00"),
        ("2026-12", "2027-01-01T00:00:00+00:00"),
        ("2026-02", "2026-03-01T00:00:00+00:00"),
        ("2026-12-31", "2027-01-01T00:00:00+00:00"),
        ("2026-12-31T23:59Z", "2027-01-01T00:00:00+00:00"),
        ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00+00:00"),
        ("2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_a_span_ends_where_the_next_begins(text, high):
    assert span(text).high.isoformat() == high


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13", "26-01-01"])
def test_what_is_no_date_is_told(text):
    with pytest.raises(ValueError):  # noqa: PT011 - of ours or of the calendar
        span(text)


def test_what_is_no_time_is_told():
    with pytest.raises(ValueError, match="no time"):
        span_of({"value": 1})
    with pytest.raises(ValueError, match="no date to search for"):
        date_fits("after easter", INSTANT)


CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/p1"},
    "code": {"coding": [{"system": "http://icd", "code": "I10"}, {"code": "local"}]},
    "category": [{"coding": [{"system": "http://cat", "code": "problem-list-item"}]}],
    "onsetDateTime": "2020-01-01",
}
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Müller-Smith", "given": ["Anna", "Zoë"]}],
    "gender": "female",
    "identifier": [{"system": "urn:x", "value": "7"}],
}


@pytest.mark.parametrize(
    ("resource", "pairs", "verdict"),
    [
        (CONDITION, [("patient", "p1")], True),
        (CONDITION, [("patient", "Patient/p1"), ("code", "I10")], True),
        (CONDITION, [("patient", "p2")], False),
        (CONDITION, [("code", "I11,I10")], True),
        (CONDITION, [("code", "http://icd|I10")], True),
        (CONDITION, [("code", "http://icd|")], True),
        (CONDITION, [("code", "|local")], True),
        (CONDITION, [("code", "|I10")], False),
        (CONDITION, [("code", "I1")], False),
        (CONDITION, [("category", "problem-list-item"), ("code", "I11")], False),
        (CONDITION, [("onset-date", "2020")], None),  # not modelled
        (CONDITION, [("recorded-date", "2020")], False),
        (CONDITION, [("recorded-date", "ne2020")], None),
        (CONDITION, [("_id", "c1"), ("_count", "1"), ("_lastUpdated", "2020")], True),
        (PATIENT, [("_id", "p1"), ("gender", "female")], True),
        (PATIENT, [("gender", "http://hl7.org/fhir/administrative-gender|female")], None),
        (PATIENT, [("gender", "http://x|male")], False),
        (PATIENT, [("family", "MULLER")], True),
        (PATIENT, [("family", "smith")], None),
        (PATIENT, [("family", "jones")], False),
        (PATIENT, [("given", "zoe")], True),
        (PATIENT, [("identifier", "urn:x|7")], True),
        (PATIENT, [("identifier", "8")], False),
    ],
)
def test_fits(resource, pairs, verdict):
    assert fits(resource, pairs) is verdict


def test_whose_a_resource_is():
    appointment = {"resourceType": "Appointment", "participant": [1, {"actor": {"reference": "Patient/p1"}}, {}]}
    assert owner(appointment) == "p1"
    assert owner({"resourceType": "Observation", "subject": {"reference": "http://h/fhir/Patient/p1"}}) == "p1"
    assert owner({"resourceType": "Observation", "subject": {"reference": "Group/p1"}}) is None
    assert owner(PATIENT) == "p1"
