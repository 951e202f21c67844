"""Family IDP: a repeated save takes effect once. Counted at the EHR, which never de-duplicates."""

import concurrent.futures
import contextlib
import json
import time

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.scenario import fault

AT_ONCE = 8
HELD_S = 5.0  # after which a key is tried again
MOST_OF_IT = 0.7  # of the claimed time, when that is shorter


@pytest.fixture
def keyed(claims, running):
    """Return the headers that carry a key of this check (a structured-field string, quoted on the wire)."""
    return lambda key: {claims.idempotency.header: f'"{running.check.ordinal}-{key}"'}


def written(ehr, resource_type, chart):
    """Return how many records of a type were written for the chart's patient."""
    return len(ehr.written(resource_type, chart.id))


@pytest.mark.requirement("IDP-01", tripped_by=["no-idempotency"])
def test_repeated_create(app, ehr, chart, claims, keyed):
    """The same key with the same payload is one write, and the first outcome is returned

    One create is sent twice with one key. The EHR is asked what it holds.

    A double click in a slow moment must not become a second allergy.

    IETF draft, The Idempotency-Key HTTP Header Field.
    """
    resource_type = writing.writable(claims)
    body = writing.body(resource_type, chart)
    first = expect.status(app.create(resource_type, body, headers=keyed("repeat-1")), 201)
    if not written(ehr, resource_type, chart):
        raise Inconclusive("the first create is not at the EHR")
    expect.equal(written(ehr, resource_type, chart), 1, "one create was written more than once")
    again = app.create(resource_type, body, headers=keyed("repeat-1"))
    expect.equal(written(ehr, resource_type, chart), 1, "the repeated create was written again")
    expect.equal(again.status, first.status, "the repeat has another outcome than the first create")
    expect.equal(again.headers.get("location"), first.headers.get("location"), "the repeat names another record")


@pytest.mark.requirement("IDP-02", tripped_by=["ignores-payload-change"])
def test_key_with_another_payload(app, ehr, chart, claims, keyed):
    """The same key with another payload is refused with 422 and not written

    Control: the first create. Mutation: another note under the same key.

    Answering with the first outcome would tell the clinician that the second entry was saved.

    IETF draft, The Idempotency-Key HTTP Header Field, section 2.7.
    """
    resource_type = writing.writable(claims)
    control = app.create(resource_type, writing.body(resource_type, chart, note="first"), headers=keyed("payload-1"))
    if control.status != 201:
        raise Inconclusive(f"the control create was not served: {control.brief()}")
    answer = app.create(resource_type, writing.body(resource_type, chart, note="second"), headers=keyed("payload-1"))
    expect.status(answer, 422)
    expect.equal(written(ehr, resource_type, chart), 1, "the changed payload was written")


@pytest.mark.requirement("IDP-03", tripped_by=["idempotency-race"])
def test_concurrent_duplicates(app, ehr, chart, claims, keyed):
    """Concurrent duplicates are one write; the others get the same outcome or 409

    Eight identical creates with one key at the same time, while the EHR takes half a second for each.

    Impatient clicks and client libraries that retry make this the ordinary case.

    IETF draft, The Idempotency-Key HTTP Header Field, section 2.6.
    """
    resource_type = writing.writable(claims)
    body = writing.body(resource_type, chart)
    with ehr.fault(fault("slow-create", patient=chart.id)) as armed:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            sends = [pool.submit(app.create, resource_type, body, headers=keyed("race-1")) for _ in range(AT_ONCE)]
            answers = [send.result() for send in sends]
        ehr.require_applied(armed)
    expect.equal(written(ehr, resource_type, chart), 1, "concurrent duplicates were written more than once")
    for answer in answers:
        expect.status(answer, 201, 409)
    expect.that(
        any(answer.status == 201 for answer in answers),
        "nobody learned that the record was created",
        expected="at least one 201",
        actual=", ".join(str(answer.status) for answer in answers),
    )


@pytest.mark.requirement("IDP-04", tripped_by=["repeats-after-lost-answer"])
@pytest.mark.parametrize("resource_type", ["AllergyIntolerance", "Observation"])
@pytest.mark.parametrize("how", ["drop-after-commit", "stall-after-commit"], ids=["reset", "time-out"])
def test_lost_answer(app, ehr, chart, claims, keyed, resource_type, how):
    """When the EHR commits and its answer is lost, the consumer's repeat causes no second write

    The EHR commits the create and resets the connection, or never answers. The consumer repeats with the same key. The
    EHR must hold one record. Where it can be found there (an observation), the repeat must name it; where it cannot (an
    allergy waits in a holding area that no search shows), the answer may say that the outcome is unknown, but not that
    nothing was written.

    The EHR cannot tell the repeat from a new entry; only the gateway can.

    RFC 9110 section 9.2.2; Epic creates two records for two equal creates.
    """
    if claims.write is None or resource_type not in claims.write.types:
        pytest.skip(f"the target does not claim to write {resource_type}")
    body = writing.body(resource_type, chart)
    first = None
    with ehr.fault(fault(how, patient=chart.id)) as armed:
        with contextlib.suppress(NoAnswer):  # who hears nothing at all repeats, too
            first = app.create(resource_type, body, headers=keyed("lost-1"))
        ehr.require_applied(armed)
    if not written(ehr, resource_type, chart):
        raise Inconclusive("the EHR did not commit the first create: nothing was proven")
    expect.equal(written(ehr, resource_type, chart), 1, "the gateway itself wrote the create again")
    again = app.create(resource_type, body, headers=keyed("lost-1"))
    expect.equal(written(ehr, resource_type, chart), 1, "the repeat after a lost answer was written again")
    if resource_type == "Observation" and (first is not None or again.status != 409):  # 409: the first is under way yet
        expect.status(again, 200, 201)
        record = ehr.written(resource_type, chart.id)[0]["resource"]["id"]
        location = again.headers.get("location", "")
        expect.that(record in location, "the repeat names another record", expected=record, actual=location or "none")
    else:
        expect.status(again, 200, 201, 409, 502, 503, 504)


@pytest.mark.requirement("IDP-05", tripped_by=["keys-shared-across-clients"])
def test_keys_are_separate_per_client(apps, ehr, new_chart, claims, keyed):
    """Two clients may use the same key without meeting each other's outcome

    The interactive and the batch app each create their own record under one key. Both must be written. Control: the
    batch app's repeat is recognised by its key.

    A key shared by chance would hide one app's entry behind another's.

    IETF draft, The Idempotency-Key HTTP Header Field, section 5.
    """
    resource_type = writing.writable(claims)
    for role, chart in (("interactive", new_chart()), ("batch", new_chart())):
        answer = apps.app(role).create(resource_type, writing.body(resource_type, chart), headers=keyed("shared-1"))
        expect.status(answer, 201)
        expect.equal(written(ehr, resource_type, chart), 1, f"the {role} app's record was not written")
    apps.app("batch").create(resource_type, writing.body(resource_type, chart), headers=keyed("shared-1"))
    if written(ehr, resource_type, chart) != 1:
        raise Inconclusive("the gateway recognises no key: there is nothing to keep apart")


@pytest.mark.requirement("IDP-06", tripped_by=["keys-in-memory", "forgets-keys-soon"])
def test_keys_survive_a_restart(app, ehr, chart, claims, keyed, gateway, measured):
    """Keys survive a restart of the gateway for the claimed time

    A create, a restart of the gateway, and the same create again with the same key: five seconds after the first one at
    the earliest, or towards the end of the claimed time where that is shorter. A claim of hours is judged no longer
    than that.

    Restarts happen during roll-outs, when clients repeat what was interrupted.

    IETF draft, The Idempotency-Key HTTP Header Field, section 2.3: expiry is published, not accidental.
    """
    resource_type = writing.writable(claims)
    body = writing.body(resource_type, chart)
    began, claimed = time.monotonic(), claims.idempotency.keep_s
    expect.status(app.create(resource_type, body, headers=keyed("restart-1")), 201)
    gateway.restart()
    time.sleep(max(0.0, began + min(HELD_S, MOST_OF_IT * claimed) - time.monotonic()))
    again = app.create(resource_type, body, headers=keyed("restart-1"))
    held = time.monotonic() - began
    measured["repeated after s"] = round(held, 1)
    if held > claimed:
        raise Inconclusive(f"the repeat came after {held:.0f} s, keys are kept for {claimed:g} s: the restart is slow")
    expect.equal(written(ehr, resource_type, chart), 1, "the create was written again after the restart")
    expect.status(again, 201, 200)


@pytest.mark.requirement("IDP-10", tripped_by=["reports-refused-writes-as-created"])
def test_refused_write_is_reported(app, ehr, chart, claims):
    """A write that the EHR refuses is reported as a failure

    A condition with a verification status the EHR does not take. The EHR must hold nothing, and the consumer must be
    told.

    Epic refuses with 422 and its own code; a gateway that answers 201 has lost the entry.

    Epic: Condition create takes provisional only (59012).
    """
    if claims.write is None or "Condition" not in claims.write.types:
        pytest.skip("the target does not claim to write Condition")
    good = app.create("Condition", writing.body("Condition", chart))
    if good.status != 201:
        raise Inconclusive(f"the control create was not served: {good.brief()}")
    refused_body = json.loads(writing.body("Condition", chart))
    refused_body["verificationStatus"]["coding"][0]["code"] = "confirmed"
    before = written(ehr, "Condition", chart)
    answer = app.create("Condition", json.dumps(refused_body).encode())
    expect.equal(written(ehr, "Condition", chart), before, "the refused condition was written")
    expect.status(answer, 400, 422)
    expect.operation_outcome(answer)
