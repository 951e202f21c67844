"""Family ROL: the gateway is stopped, or killed, while it works. What it has promised stays true."""

import concurrent.futures
import random
import threading
import time
from collections import Counter

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.history.clients import note_of
from gauntlet.pace import SLACK_S
from gauntlet.scenario import fault

UNDER_WAY = 6
UNDER_WAY_WITHIN_S = 10.0
WRITERS = 4
WRITES = 40
KILLS = 2


def notes_at_ehr(ehr, resource_type, chart):
    """Return how often the EHR holds a record with each note."""
    return Counter(note_of(item["resource"]) for item in ehr.written(resource_type, chart.id))


@pytest.mark.requirement("ROL-01", tripped_by=["stops-without-draining"])
def test_shutdown_drains(changing, ehr, claims, chart, measured, pace):
    """Told to stop, the gateway finishes what it has accepted, and then it ends

    Six creates are under way at the EHR, which takes its time, when the gateway gets SIGTERM. Each must be answered
    and be at the EHR once; the process must end by itself.

    Every deployment would otherwise cost a handful of entries, and nobody could say which.

    Twelve-factor app, disposability; Kubernetes, termination of pods.
    """
    resource_type, app = writing.writable(claims), changing.app()
    with ehr.fault(fault("slow-write", patient=chart.id)) as armed:
        mark = ehr.mark()
        with concurrent.futures.ThreadPoolExecutor(UNDER_WAY) as pool:
            sends = [pool.submit(created, app, resource_type, chart, f"drain {n}") for n in range(UNDER_WAY)]
            wait_until_under_way(ehr, mark, chart)
            changing.terminate()
            answers = [send.result() for send in sends]
        ehr.require_applied(armed)
    statuses = [answer.status if answer else None for answer in answers]
    measured["under way at SIGTERM"] = UNDER_WAY
    expect.equal(statuses, [201] * UNDER_WAY, "creates that were accepted before SIGTERM were not answered")
    held = notes_at_ehr(ehr, resource_type, chart)
    expect.equal(held, Counter(f"drain {n}" for n in range(UNDER_WAY)), "the EHR does not hold each of them once")
    with pace.forgiving(SLACK_S):
        expect.that(
            changing.second.has_ended(claims.rollout.drains_within_s),
            "the gateway does not end after SIGTERM",
            expected=f"ended within {claims.rollout.drains_within_s:g} s",
            actual="it is still running",
        )


def created(app, resource_type, chart, note, headers=None):
    """Send a create; None when there was no answer."""
    try:
        return app.create(resource_type, writing.body(resource_type, chart, note=note), headers=headers or {})
    except NoAnswer:
        return None


def wait_until_under_way(ehr, mark, chart):
    """Wait until all creates are at the EHR and none is answered yet. Raises Inconclusive."""
    deadline = time.monotonic() + UNDER_WAY_WITHIN_S
    while True:
        calls = ehr.calls(since=mark, patient=chart.id, interaction="create")
        if len(calls) == UNDER_WAY:
            break
        if time.monotonic() > deadline:
            raise Inconclusive(f"only {len(calls)} of {UNDER_WAY} creates reached the EHR")
        time.sleep(0.02)
    if any(call["status"] is not None for call in calls):
        raise Inconclusive("a create was answered before the others had come: the machine is too slow for this")


@pytest.mark.requirement(
    "ROL-02", tripped_by=["acknowledges-before-writing", "keys-in-memory", "audit-chain-starts-anew"]
)
def test_kill_at_any_moment(changing, ehr, claims, audit, target, chaos_seed, new_chart, running, measured):
    """Killed at a random moment, the gateway has lost no acknowledged write, and its trail still holds together

    Four apps create, each record with a key of its own; after a number of answers that the seed draws, and a moment
    more, the process is killed and started again, twice. Every write that was acknowledged must be at the EHR once.
    What had no answer is sent again with its key and must not be written twice. The trail is verified by the gateway's
    own command, when one is claimed.

    Power fails when it likes.

    Jepsen, nemesis kill; HIPAA 45 CFR 164.312(b).
    """
    if claims.idempotency is None:
        pytest.skip("the target does not claim idempotency")
    dice, app = random.Random(f"kill/{chaos_seed}"), changing.app()
    resource_type, header = writing.writable(claims), claims.idempotency.header
    acknowledged = unanswered = 0
    for number in range(KILLS):
        chart = new_chart()
        notes = [f"kill {number} {n}" for n in range(WRITES)]
        keys = {note: {header: f'"{running.check.ordinal}-{note}"'} for note in notes}
        with ehr.fault(fault("slower-create", patient=chart.id)):  # so that writes are under way at the kill
            answers = until_killed(changing, app, resource_type, chart, keys, dice)
            changing.start_again()
        told = {note for note, answer in answers.items() if answer is not None and answer.status == 201}
        held = notes_at_ehr(ehr, resource_type, chart)
        lost = sorted(note for note in told if held[note] != 1)
        expect.equal(lost, [], "acknowledged writes are not at the EHR exactly once after the kill")
        if all(answer is not None for answer in answers.values()):
            raise Inconclusive("every create was answered before the kill: it came too late")
        acknowledged, unanswered = acknowledged + len(told), unanswered + WRITES - len(told)
        for note in notes:
            if note not in told:
                created(app, resource_type, chart, note, keys[note])
        twice = sorted(note for note, count in notes_at_ehr(ehr, resource_type, chart).items() if count > 1)
        expect.equal(twice, [], "writes that were repeated with their key after the kill were written twice")
    measured["acknowledged before the kills"], measured["unanswered"] = acknowledged, unanswered
    verify_trail(changing, claims, audit, target)


def until_killed(changing, app, resource_type, chart, keys, dice):
    """Send the creates, kill the gateway in their middle, and return the answer to each (None: there was none)."""
    after, moment = dice.randrange(5, WRITES // 2), dice.uniform(0, 0.02)
    answered, lock, enough = [], threading.Lock(), threading.Event()

    def send(note):
        answer = created(app, resource_type, chart, note, keys[note])
        with lock:
            answered.append(note)
            if len(answered) == after:
                enough.set()
        return answer

    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        sends = {note: pool.submit(send, note) for note in keys}
        if not enough.wait(30):
            raise Inconclusive("the creates were not answered: the kill would prove nothing")
        time.sleep(moment)
        changing.kill()
        return {note: send.result() for note, send in sends.items()}


def verify_trail(changing, claims, audit, target):
    """Verify the second gateway's trail with the claimed command, if there is one."""
    if claims.audit is None or not claims.audit.verify or target.file.observe.audit is None:
        return
    if target.file.observe.audit.file is None:  # one trail for all instances, or one that ended with its gateway
        return
    intact, said = audit.verification(audit.of_another(changing.second.values).path)
    expect.that(intact, "the audit trail does not hold together after the kill", expected="intact", actual=said)
