"""Family MAP: local wall-clock times and dates."""

import pytest

from gauntlet import expect
from synthetic.metamorphic.local_times import shown
from synthetic.metamorphic.moments import moment

pytestmark = pytest.mark.upstream("epic", "allscripts")

# Instants of a hospital on US Eastern time, whose clocks go forward on 2026-03-08 and back on 2025-11-02.
INSTANTS = {
    "winter": "2026-01-15T14:30:00Z",
    "summer": "2026-05-15T13:30:00Z",
    "before-the-gap": "2026-03-08T06:59:00Z",
    "after-the-gap": "2026-03-08T07:00:00Z",
    "before-the-overlap": "2025-11-02T04:30:00Z",
    "first-of-the-overlap": "2025-11-02T05:30:00Z",
    "second-of-the-overlap": "2025-11-02T06:30:00Z",
    "after-the-overlap": "2025-11-02T07:00:00Z",
    "noon": "2026-05-15T16:05:00Z",
    "midnight": "2026-05-15T04:05:00Z",
    "year-end": "2026-01-01T04:45:00Z",
}


def instant(name, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(name, marks=pytest.mark.requirement("MAP-04", tripped_by=[*defects, "takes-local-for-utc"]))


def measured(effective):
    """Return an observation of a moment."""
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": system, "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}], "text": "Glucose"},
        "effectiveDateTime": effective,
        "valueString": "see note",
    }


def same_moment(delivered, truth, vendor):
    """Return whether a delivered time names the instant. Rows of Unity tell the clock's time only: both are right."""
    if moment(str(delivered)) is None:
        return False
    if vendor == "allscripts":
        return shown(delivered) == shown(truth)
    return moment(delivered) == moment(truth)


@pytest.mark.parametrize(
    "name",
    [
        instant("winter"),
        instant("summer", "always-winter-time"),
        instant("before-the-gap"),
        instant("after-the-gap", "always-winter-time", "changes-clocks-a-day-late"),
        instant("before-the-overlap", "always-winter-time"),
        instant("first-of-the-overlap", "off-by-an-hour-in-the-overlap"),
        instant("second-of-the-overlap", "off-by-an-hour-in-the-overlap"),
        instant("after-the-overlap", "changes-clocks-a-day-late"),
        instant("noon", "twelve-is-midnight"),
        instant("midnight", "twelve-is-noon"),
        instant("year-end"),
    ],
)
def test_instants(planting, chart, name):
    """A time on the hospital's clocks comes out as the instant that it was

    An observation is put into the EHR at an instant of the hospital's time zone: winter and summer, the minutes around
    the missing hour of spring, the hour that autumn has twice, noon, midnight, and the last hour of the year. The time
    that is delivered must have an offset and name the same instant. Where the EHR shows local time only (Unity), an
    hour that its clocks show twice may be either of the two, and nothing else.

    An hour's shift puts the dose before the test that it was to follow, or makes it look overdue and be given twice.

    FHIR R4, dateTime: a time has a time zone; Energy Policy Act of 2005 (US daylight saving).
    """
    truth = INSTANTS[name]
    found = planting.must_be_delivered(chart, measured(truth)).get("effectiveDateTime")
    expect.that(
        same_moment(found, truth, planting.vendor),
        "the time of the observation is another instant",
        expected=f"{truth}, {shown(truth)} on the hospital's clocks",
        actual=str(found),
    )


CONDITION = "http://terminology.hl7.org/CodeSystem/condition"
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance"
DAY = "2026-04-05"  # both numbers could be the month
RECORDS = {
    "Condition": {
        "clinicalStatus": {"coding": [{"system": f"{CONDITION}-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{CONDITION}-ver-status", "code": "confirmed"}]},
        "category": [{"coding": [{"system": f"{CONDITION}-category", "code": "problem-list-item"}]}],
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}], "text": "Hypertension"},
        "onsetDateTime": DAY,
    },
    "AllergyIntolerance": {
        "clinicalStatus": {"coding": [{"system": f"{ALLERGY}-clinical", "code": "active"}]},
        "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "723"}], "text": "Amox"},
        "recordedDate": DAY,
    },
}
ELEMENTS = {"Condition": "onsetDateTime", "AllergyIntolerance": "recordedDate"}


def dated(resource_type, *defects):
    """Return a parameter that the given defects trip."""
    return pytest.param(resource_type, marks=pytest.mark.requirement("MAP-04", tripped_by=[*defects]))


@pytest.mark.parametrize(
    "resource_type",
    [
        dated("Condition", "dates-become-midnights"),
        dated("AllergyIntolerance", "dates-become-midnights", "takes-the-day-for-the-month"),
    ],
)
def test_dates_stay_dates(planting, chart, resource_type):
    """A date stays the date that it is: no time, no zone, no other day

    A problem and an allergy are put into the EHR with a date of which day and month could be mixed up; what is
    delivered must be that date alone. The EHR writes them in different layouts.

    A date that becomes a midnight becomes the day before in the next time zone, and an allergy of the 5th of April
    recorded on the 4th of May is one that nobody finds.

    FHIR R4, date and dateTime.
    """
    delivered = planting.must_be_delivered(chart, {"resourceType": resource_type, **RECORDS[resource_type]})
    expect.equal(delivered.get(ELEMENTS[resource_type]), DAY, "the date is not the one that was recorded")


MOMENT = "2026-04-05T18:20:00Z"


@pytest.mark.requirement("MAP-04", tripped_by=["takes-the-day-for-the-month", "takes-local-for-utc"])
@pytest.mark.parametrize("resource_type", ["Encounter", "Appointment"])
def test_times_of_visits(planting, chart, resource_type):
    """Visits begin when they began

    An encounter and an appointment are put into the EHR at a moment whose day and month could be mixed up; the
    delivered start must be that instant.

    A visit on another day is a patient who is not expected.

    FHIR R4, Encounter.period, Appointment.start.
    """
    if resource_type == "Encounter":
        kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
        body = {"status": "finished", "class": kind, "type": [{"text": "office visit"}], "period": {"start": MOMENT}}
        delivered = planting.must_be_delivered(chart, {"resourceType": resource_type, **body})
        found = delivered.get("period", {}).get("start")
    else:
        body = {"status": "fulfilled", "start": MOMENT, "end": "2026-04-05T18:40:00Z", "minutesDuration": 20}
        found = planting.must_be_delivered(chart, {"resourceType": resource_type, **body}).get("start")
    expect.that(
        same_moment(found, MOMENT, planting.vendor),
        f"the {resource_type} begins at another instant",
        expected=f"{MOMENT}, {shown(MOMENT)} on the hospital's clocks",
        actual=str(found),
    )
