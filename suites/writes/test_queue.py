"""Family RES: work accepted for later. It survives, is delivered in order and once, or is set aside for all to see."""

import json
import os
import signal
import time
from collections import Counter
from dataclasses import replace

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive
from gauntlet.history.clients import note_of
from gauntlet.placeholder import fill
from gauntlet.scenario import fault

EACH = 3
PATIENTS = 2
LATER = {"Prefer": "respond-async"}
LOOK_AGAIN_S = 0.2
SLACK_S = 2.0
OUTAGE_S = 1.5  # long enough for a first attempt at delivery to fail
READY_WITHIN_S = 30.0
ENDS_WITHIN_S = 20.0


@pytest.fixture
def dead_letters(gauntlet_session, apps, claims):
    """Return a function that returns the text of the claimed list of dead letters."""
    url = fill(claims.queue.dead_letters, gauntlet_session.lab.values, {})

    def listed():
        return expect.status(apps.anonymous().send("GET", url), 200).body.decode()

    return listed


def accepted(app, resource_type, body):
    """Have a create accepted for later and return the URL of its status."""
    answer = expect.status(app.create(resource_type, body, headers=LATER), 202)
    expect.header(answer, "Content-Location", "accepted work has no address of its status")
    return answer.address("Content-Location")


def outcome(app, status_url):
    """Return the status that an accepted create ended with ("201"), None while it waits."""
    answer = expect.status(app.send("GET", status_url), 200, 202)
    if answer.status == 202:
        return None
    response = answer.json()["entry"][0]["response"]
    return str(response["status"])[:3]


def wait_for_outcomes(app, status_urls, within_s):
    """Wait until no work waits any more, or the time is over; return the outcome of each."""
    until = time.monotonic() + within_s
    while True:
        found = [outcome(app, url) for url in status_urls]
        if None not in found or time.monotonic() > until:
            return found
        time.sleep(LOOK_AGAIN_S)


def arrived(ehr, mark, resource_type, chart):
    """Return the notes of the patient's creates in the order in which the EHR committed them."""
    creates = [entry for entry in ehr.calls(since=mark, interaction="create") if entry["committed"]]
    records = [json.loads(entry["request_body"]) for entry in sorted(creates, key=lambda entry: entry["started"])]
    return [note_of(record) for record in records if chart.id in json.dumps(record)]


def held(ehr, resource_type, chart):
    """Return how often the EHR holds a record with each note."""
    return Counter(note_of(item["resource"]) for item in ehr.written(resource_type, chart.id))


def notes(chart):
    """Return the notes of the creates about a patient, in the order in which they are sent."""
    return [f"later {number} of {chart.id[:6]}" for number in range(EACH)]


def sent_in_turn(app, resource_type, charts):
    """Have creates accepted for later, the patients by turns; return the URLs of their status."""
    return [
        accepted(app, resource_type, writing.body(resource_type, chart, note=notes(chart)[number]))
        for number in range(EACH)
        for chart in charts
    ]


def expect_delivered(app, ehr, claims, mark, charts, status_urls, pace):
    """Fail unless every create is at the EHR once, in order per patient, and its status says so."""
    resource_type = writing.writable(claims)
    found = wait_for_outcomes(app, status_urls, claims.queue.delivers_within_s + SLACK_S)
    for chart in charts:
        with pace.forgiving(SLACK_S):
            expect.equal(held(ehr, resource_type, chart), Counter(notes(chart)), "accepted work is not at the EHR once")
        expect.equal(arrived(ehr, mark, resource_type, chart), notes(chart), "a patient's work came in another order")
    with pace.forgiving(SLACK_S):
        expect.equal(set(found), {"201"}, "the status of delivered work does not say that it was created")


@pytest.mark.requirement("RES-10", tripped_by=["drops-work-in-outages", "delivers-newest-first"])
def test_accepted_work_survives_an_outage(app, ehr, network, new_chart, claims, measured, pace):
    """Work that is accepted while the EHR is down is delivered once it is back, in order per patient

    The network in front of the EHR is cut. Creates for two patients are sent by turns, with the wish to be answered
    later; each must be accepted with 202 and the address of its status, which says that it waits. Then the network is
    mended: within the claimed time each must be at the EHR once, each patient's in the order in which they were sent.

    What a nurse documents during an outage is documented for the patient's sake, not for the system's.

    FHIR, Asynchronous Interaction Request Pattern; RFC 7240 section 4.1; Integrating FHIR with Allscripts, section 3.
    """
    resource_type, charts = writing.writable(claims), [new_chart() for _ in range(PATIENTS)]
    mark = ehr.mark()
    with network.down():
        status_urls = sent_in_turn(app, resource_type, charts)
        waiting = [outcome(app, url) for url in status_urls]
        expect.equal(set(waiting), {None}, "work is said to be done while the EHR is down")
        time.sleep(OUTAGE_S)
    back = time.monotonic()
    expect_delivered(app, ehr, claims, mark, charts, status_urls, pace)
    measured["accepted"], measured["delivered after s"] = len(status_urls), round(time.monotonic() - back, 2)


@pytest.mark.requirement("RES-10", tripped_by=["queues-in-memory"])
def test_accepted_work_survives_a_restart(app, ehr, network, gateway, new_chart, claims, tokens, pace):
    """Work that was accepted while the EHR was down outlives the process that accepted it

    As before, but a second gateway accepts the work. It is told to stop while the network is cut, and started again
    with what it has left on disk when the network is mended.

    Whoever restarts the gateway because nothing works must not throw the day's documentation away with it.

    FHIR, Asynchronous Interaction Request Pattern; Integrating FHIR with Allscripts, section 3.
    """
    resource_type, charts = writing.writable(claims), [new_chart() for _ in range(PATIENTS)]
    with gateway.second() as second:
        require_ready(second)
        app = replace(
            app, base_url=second.base_url, token=lambda: tokens.token(app.client_id, audience=second.audience)
        )
        mark = ehr.mark()
        with network.down():
            status_urls = sent_in_turn(app, resource_type, charts)
            os.kill(second.process.pid, signal.SIGTERM)
            if not second.has_ended(ENDS_WITHIN_S):
                raise Inconclusive(f"the gateway did not end within {ENDS_WITHIN_S:g} s")
        second.again()
        require_ready(second)
        expect_delivered(app, ehr, claims, mark, charts, status_urls, pace)


def require_ready(second):
    """Raise Inconclusive unless the second gateway becomes ready."""
    if second.wait(READY_WITHIN_S) != "ready":
        raise Inconclusive(f"a second gateway does not become ready: {second.process.last_lines()}")


@pytest.mark.requirement("RES-10", tripped_by=["repeats-refused-work", "loses-refused-work"])
def test_irrecoverable_work_is_set_aside(app, ehr, chart, claims, dead_letters):
    """Work that the EHR refuses for good is listed as a dead letter, and holds up nothing

    Three problems of one patient are sent with the wish to be answered later; the EHR takes none with the second one's
    verification status. The first and the third must be delivered; the second must end with a refusal that its status
    tells, be on the claimed list under the id in its status URL, and not be at the EHR. The list names no patient.

    An entry that nobody was told is missing is looked for when it is needed.

    Hohpe and Woolf, Enterprise Integration Patterns, dead letter channel; Integrating FHIR with Allscripts, section 3.
    """
    if "Condition" not in claims.write.types:
        pytest.skip("the target does not claim to write Condition")
    bodies = [json.loads(writing.body("Condition", chart, note=note)) for note in notes(chart)]
    bodies[1]["verificationStatus"]["coding"][0]["code"] = "confirmed"
    mark = ehr.mark()
    status_urls = [accepted(app, "Condition", json.dumps(body).encode()) for body in bodies]
    found = wait_for_outcomes(app, status_urls, claims.queue.delivers_within_s)
    refused = [
        entry for entry in ehr.calls(since=mark, patient=chart.id, interaction="create") if entry["status"] >= 400
    ]
    if not refused:
        raise Inconclusive("the EHR was never asked to take the second problem: nothing was refused")
    expect.that(
        found[1] is not None and found[1].startswith("4"),
        "the status of refused work does not tell that it was refused",
        expected="a status of the class 4xx",
        actual=str(found[1]),
    )
    expect.equal(found[::2], ["201", "201"], "work before and after what was refused is not delivered")
    delivered = Counter([notes(chart)[0], notes(chart)[2]])
    expect.equal(held(ehr, "Condition", chart), delivered, "the EHR does not hold what it has taken, once")
    listed, work_id = dead_letters(), status_urls[1].rstrip("/").rpartition("/")[2]
    expect.that(work_id in listed, "refused work is not on the list of dead letters", expected=work_id, actual=listed)
    named = [part for part in (chart.id, notes(chart)[1]) if part in listed]
    expect.equal(named, [], "the list of dead letters names patients or their data")


@pytest.mark.requirement("RES-10", tripped_by=["repeats-until-acknowledged"])
def test_accepted_work_is_delivered_once(app, ehr, chart, claims):
    """When the EHR takes accepted work and its answer is lost, the work is not delivered again

    The EHR commits the create and resets the connection. Once the work waits no more, the EHR must hold one record;
    whether the status tells that it was created or that its outcome is not known is the gateway's choice.

    A queue that delivers at least once is a queue that orders twice.

    RFC 9110 section 9.2.2; Epic creates two records for two equal creates.
    """
    resource_type, note = writing.writable(claims), notes(chart)[0]
    with ehr.fault(fault("drop-after-commit", patient=chart.id)) as armed:
        url = accepted(app, resource_type, writing.body(resource_type, chart, note=note))
        until = time.monotonic() + claims.queue.delivers_within_s
        while not ehr.refresh(armed) and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_S)
        ehr.require_applied(armed)
    (found,) = wait_for_outcomes(app, [url], claims.queue.delivers_within_s)
    expect.equal(held(ehr, resource_type, chart), Counter([note]), "accepted work is not at the EHR once")
    expect.that(found is not None, "the work still waits", expected="done or set aside", actual="waiting")
