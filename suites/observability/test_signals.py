"""Family OBS: what operators can read off the metrics: who, where, and how much it costs."""

import itertools

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault


def split(watch, label):
    """Return how far the requests moved by each value of a label."""
    series, found = watch.selector("requests"), {}
    for sign, samples in ((1, watch.readings()), (-1, watch.before)):
        for sample in samples:
            if series.fits(sample):
                value = sample.labels.get(label, "")
                found[value] = found.get(value, 0) + sign * sample.value
    return {value: count for value, count in found.items() if count}


@pytest.fixture
def label(claims):
    """Return a function that gives the gateway's label for one of our splits."""

    def named(name):
        labels = claims.observability.labels
        expect.that(
            name in labels,
            f"no label splits the requests by {name}",
            expected=f"{name} in [claims.observability] labels",
            actual=f"{', '.join(sorted(labels)) or 'none'} there",
        )
        return labels[name]

    return named


@pytest.mark.requirement("OBS-02", tripped_by=["metrics-without-client"])
def test_split_by_application(apps, moved, label, chart):
    """Requests are counted by application

    Two reads of one app and three of another one.

    "The gateway is slow" is answered by who is asking so much.

    API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    wanted = {"interactive": 2, "batch": 3}
    for role, number in wanted.items():
        for _ in range(number):
            expect.status(apps.app(role).read("Patient", chart.id), 200)
    watch.expect("requests", 5, "five reads of two apps")
    found = split(watch, label("application"))
    expect.equal(found, {apps.client_id(role): float(n) for role, n in wanted.items()}, "the split by application")


@pytest.mark.requirement("OBS-02", tripped_by=["metrics-without-type"])
def test_split_by_endpoint(app, moved, label, chart):
    """Requests are counted by endpoint

    Two reads of the patient and one search of conditions.

    Which part of the EHR is slow decides whom to call.

    API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    for _ in range(2):
        expect.status(app.read("Patient", chart.id), 200)
    expect.status(app.search("Condition", {"patient": chart.id}), 200)
    watch.expect("requests", 3, "two reads and a search")
    found = split(watch, label("endpoint"))
    by_type = {name: sum(count for value, count in found.items() if name in value) for name in ("Patient", "Condition")}
    expect.equal(by_type, {"Patient": 2.0, "Condition": 1.0}, f"the split by endpoint, {found}")


@pytest.mark.requirement("OBS-02", tripped_by=["metrics-without-facility"])
def test_split_by_facility(app, moved, label, chart, target):
    """Requests are counted by facility

    One read; the series that moved must name the facility whose EHR answered.

    A gateway in front of several hospitals must say which of them is in trouble.

    API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    expect.status(app.read("Patient", chart.id), 200)
    watch.expect("requests", 1, "one read")
    facility = target.file.ehr[0].facility
    found = split(watch, label("facility"))
    expect.that(
        bool(found) and all(facility in value for value in found),
        "the requests are not split by facility",
        expected=f"a label {label('facility')} that names {facility}",
        actual=str(found),
    )


@pytest.mark.requirement("OBS-03", tripped_by=["counts-refused-writes"])
def test_writes_are_counted(app, ehr, moved, chart, claims, measured):
    """Completed writes are counted, and only those

    Two creates that the EHR holds afterwards, and one that is refused. Without claimed writes there is nothing to
    count.

    The number of documented allergies is a figure that the hospital can compare with its own.

    Integrating FHIR with Allscripts, section 7: business events.
    """
    if claims.write is None:
        measured["writes"] = 0
        return
    resource_type = writing.writable(claims)
    watch = moved()
    for note in ("first", "second"):
        expect.status(app.create(resource_type, writing.body(resource_type, chart, note=note)), 201)
    refusal = app.create(resource_type, b'{"resourceType": "' + resource_type.encode() + b'"}')
    expect.status(refusal, 400, 422)
    held = len(ehr.written(resource_type, chart.id))
    if held != 2:
        raise Inconclusive(f"the EHR holds {held} of two writes")
    measured["writes"] = held
    watch.expect("writes_completed", held, "two writes that the EHR holds and one refused")


@pytest.mark.requirement("OBS-03", tripped_by=["mismatches-uncounted"])
def test_patient_mismatches_are_counted(app, ehr, moved, chart):
    """Answers of the EHR about another patient are counted

    Control: a read. Then the EHR answers with somebody else's record once.

    Each of them is an incident that the hospital must hear of.

    Integrating FHIR with Allscripts, section 7: business events.
    """
    expect.status(app.read("Patient", chart.id), 200)
    watch = moved()
    with ehr.fault(fault("wrong-patient", patient=chart.id)) as mixed_up:
        app.read("Patient", chart.id)
        ehr.require_applied(mixed_up)
    watch.expect("patient_mismatches", mixed_up.applied, f"{mixed_up.applied} answers about somebody else")


@pytest.mark.requirement("OBS-07", tripped_by=["attempts-counted-once"])
def test_costs_can_be_read_off(app, ehr, moved, chart):
    """Calls at the EHR and repeats among them are counted as the EHR saw them

    Three reads; the EHR answers the second one with 429 once. The EHR's journal says how many calls that made.

    Some EHRs charge by the call; a gateway that asks twice costs twice.

    Integrating FHIR with Allscripts, section 7: cost drivers.
    """
    expect.status(app.read("Patient", chart.id), 200)
    watch, mark = moved(), ehr.mark()
    expect.status(app.read("Patient", chart.id), 200)
    with ehr.fault({**fault("storm-429-seconds", patient=chart.id)}) as storm:
        app.read("Patient", chart.id)
        ehr.require_applied(storm)
    expect.status(app.read("Patient", chart.id), 200)
    calls = ehr.calls(since=mark, patient=chart.id)
    repeats = sum(
        earlier["status"] == 429 and earlier["resource_type"] == later["resource_type"]
        for earlier, later in itertools.pairwise(calls)
    )
    watch.expect("upstream_calls", len(calls), f"{len(calls)} calls at the EHR for three reads")
    watch.expect("upstream_retries", repeats, f"{repeats} repeats among them")


@pytest.mark.requirement("OBS-07", tripped_by=["replays-counted-as-writes"])
def test_duplicates_can_be_read_off(app, ehr, moved, chart, claims, running, measured):
    """Repeated creates are counted as what they are

    One create is sent three times with one key; the EHR holds one. Without claimed idempotency there is nothing to
    count.

    An app that saves everything twice costs everybody's time; a count of writes would hide it.

    Integrating FHIR with Allscripts, section 7: cost drivers.
    """
    if claims.idempotency is None:
        measured["duplicates"] = 0
        return
    resource_type = writing.writable(claims)
    body, key = writing.body(resource_type, chart), {claims.idempotency.header: f'"{running.check.ordinal}-thrice"'}
    watch = moved()
    for _ in range(3):
        expect.status(app.create(resource_type, body, headers=key), 201)
    if len(ehr.written(resource_type, chart.id)) != 1:
        raise Inconclusive("the EHR does not hold one record of three creates with one key")
    measured["duplicates"] = 2
    watch.expect("duplicate_writes", 2, "two repeats of one create")
    watch.expect("writes_completed", 1, "one create that took effect")
