"""Family IDP: two clinicians change one record. Neither may write over what the other one has just written."""

import concurrent.futures
import contextlib
import json

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.scenario import fault
from gauntlet.updates import changed, note_at_ehr, updatable, update

AT_ONCE = 4


@pytest.fixture
def record(app, claims, chart):
    """Return (type, id) of a record that this check has created and that can be updated."""
    return updatable(claims, app, chart)


@pytest.mark.requirement("IDP-08", tripped_by=["ignores-if-match"])
def test_stale_update_is_refused(app, apps, ehr, record, chart):
    """An update of a record that somebody else has changed meanwhile is refused with 412 and not written

    Two apps read the same version. Control: the first one's update succeeds and the EHR holds it. Mutation: the second
    one's update, with the tag that is now old.

    The second clinician has decided without knowing what the first one wrote.

    FHIR R4, http: managing resource contention; RFC 9110 section 13.1.1.
    """
    tag, first = changed(app, record, "by the first")
    _, second = changed(apps.app("batch"), record, "by the second")
    control = update(app, record, tag, first)
    if control.status != 200 or note_at_ehr(ehr, record, chart) != "by the first":
        raise Inconclusive(f"the control update was not written: {control.brief()}")
    answer = update(apps.app("batch"), record, tag, second)
    expect.equal(note_at_ehr(ehr, record, chart), "by the first", "the stale update was written over the newer one")
    expect.status(answer, 412)
    expect.operation_outcome(answer)


@pytest.mark.requirement("IDP-08", tripped_by=["ignores-if-match", "updates-side-by-side"])
def test_concurrent_updates(app, ehr, record, chart, measured):
    """Of several updates based on the same version at the same time, one is written and the others are refused

    Four updates with one tag at once, while the EHR takes a second for each. Exactly one may be acknowledged, it
    is what the EHR holds, and the others are told 412 or 409.

    Comparing first and writing afterwards leaves a gap, in which both have compared.

    FHIR R4, http: managing resource contention; RFC 9110 section 13.1.1.
    """
    bodies = [changed(app, record, f"number {number}") for number in range(AT_ONCE)]
    with ehr.fault(fault("slow-update", patient=chart.id)) as armed:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            sends = [pool.submit(update, app, record, tag, body) for tag, body in bodies]
            answers = [send.result() for send in sends]
        ehr.require_applied(armed)
    acknowledged = [number for number, answer in enumerate(answers) if answer.status == 200]
    measured["acknowledged"] = len(acknowledged)
    expect.equal(len(acknowledged), 1, "not exactly one update of the same version was acknowledged")
    held = note_at_ehr(ehr, record, chart)
    expect.equal(held, f"number {acknowledged[0]}", "the EHR does not hold the update that was acknowledged")
    for answer in answers:
        expect.status(answer, 200, 409, 412)


@pytest.mark.requirement("IDP-08", tripped_by=["updates-without-condition"])
def test_update_needs_a_version(app, ehr, record, chart):
    """An update that names no version is refused, since it may be based on anything

    Control: an update with the tag of a read. Mutation: the same with another note and without If-Match.

    An app that forgets the condition loses other people's entries, and nobody notices.

    FHIR R4, http: servers can require If-Match and refuse with 400; RFC 6585 section 3.
    """
    tag, body = changed(app, record, "with a version")
    control = update(app, record, tag, body)
    if control.status != 200:
        raise Inconclusive(f"the control update was not written: {control.brief()}")
    answer = update(app, record, "", changed(app, record, "without a version")[1])
    expect.equal(note_at_ehr(ehr, record, chart), "with a version", "an update without a version was written")
    expect.status(answer, 400, 412, 428)


@pytest.mark.requirement("IDP-08", tripped_by=["acknowledges-unanswered-updates"])
def test_lost_answer_to_an_update(app, ehr, record, chart):
    """An update whose answer was lost is not reported as written, and the next one has to know what became of it

    The EHR resets the connection before anything is written. The consumer must not be told that it was. Then it reads,
    updates again and the EHR holds that.

    The clinician who is told "saved" does not look again.

    RFC 9110 section 9.2.2.
    """
    tag, body = changed(app, record, "lost")
    answer = None
    with ehr.fault(fault("drop-before-once", patient=chart.id, interaction="update")) as armed:
        with contextlib.suppress(NoAnswer):  # who hears nothing at all reads and updates again, too
            answer = update(app, record, tag, body)
        ehr.require_applied(armed)
    if answer is not None and note_at_ehr(ehr, record, chart) == "lost":
        expect.status(answer, 200)  # repeated by the gateway under the same condition
    elif answer is not None:
        expect.status(answer, 502, 503, 504)
    tag, body = changed(app, record, "found")
    expect.status(update(app, record, tag, body), 200)
    expect.equal(note_at_ehr(ehr, record, chart), "found", "the EHR does not hold the update that was acknowledged")


@pytest.mark.requirement("NEG-02", tripped_by=["takes-any-id"])
@pytest.mark.parametrize("other_id", ["eSomebodyElsesRecord00001", None], ids=["another-id", "no-id"])
def test_id_of_the_body_is_that_of_the_address(app, ehr, record, chart, other_id):
    """An update whose body has another id than its address, or none, is refused and not written

    Control: an update with the right id is written. Mutation: the next one, with another id in the body or without.

    Two ids in one request are two records; whichever the EHR takes, it may be the wrong one.

    FHIR R4, http: update: the id of the resource shall be that of the URL, else 400.
    """
    tag, body = changed(app, record, "with the right id")
    control = update(app, record, tag, body)
    if control.status != 200 or note_at_ehr(ehr, record, chart) != "with the right id":
        raise Inconclusive(f"the control update was not written: {control.brief()}")
    tag, body = changed(app, record, "with a wrong id")
    resource = {**json.loads(body), "id": other_id}
    if other_id is None:
        del resource["id"]
    answer = update(app, record, tag, json.dumps(resource).encode())
    expect.status(answer, 400, 422)
    expect.operation_outcome(answer)
    expect.equal(note_at_ehr(ehr, record, chart), "with the right id", "the update was written all the same")
