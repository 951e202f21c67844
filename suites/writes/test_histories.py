"""Family IDP: random histories of writes by several clients under faults, judged against what the EHR holds."""

import contextlib
import json
import time

import pytest

from gauntlet import expect, places
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.history.checker import violations
from gauntlet.history.clients import Clients
from gauntlet.history.operation import History, Kind, Status
from gauntlet.history.shrink import shrunk, told
from gauntlet.history.workload import read_profile, schedule
from gauntlet.scenario import fault

PROFILE = "creates-and-updates"
CHARTS = 2
SERVES_AGAIN_WITHIN_S = 12.0
LEAST_SHARE = 0.4  # of all writes that must be acknowledged: a gateway that refuses everything proves nothing


@pytest.fixture
def clients(apps, consumer_network, new_chart, claims, running):
    """Return the clients of a history; they reach the gateway over the network that the history breaks."""
    if claims.write is None:
        pytest.skip("the target does not claim writes")
    profile = read_profile(PROFILE, places.bundled("scenarios") / "histories")
    header, check = claims.idempotency.header, running.check.ordinal
    return Clients(
        apps=[consumer_network.over(apps.app()) for _ in range(profile.clients)],
        charts=[new_chart() for _ in range(CHARTS)],
        types=[*claims.write.types, *claims.write.updates, *claims.write.updates],
        updated=claims.write.updates,
        key=lambda record: {header: f'"{check}-{record}"'},
    )


@pytest.mark.requirement(
    "IDP-07",
    tripped_by=[
        "repeats-after-lost-answer",
        "acknowledges-unanswered-writes",
        "acknowledges-before-writing",
        "no-idempotency",
        "ignores-if-match",
        "repeats-unsafe-writes",
    ],
)
def test_history_under_faults(
    clients, ehr, network, consumer_network, chaos_seed, running, run_dir, measured, claims, chart
):
    """Over a random history of writes under faults, each has taken effect as often as its client was told

    Four clients create and update at the same time, in rounds; every second round has a fault drawn from a profile:
    answers lost before, amid and after the commit, refusals, an expired token, connections reset towards the EHR or
    towards the consumers. Unanswered creates are repeated with their key. In the end the history is compared with what
    the EHR holds: what was acknowledged is there once, what was refused is not, what nobody knows is there once at
    most, and no acknowledged update is lost. A violation is shown by the shortest history that has it; the whole one
    is kept in the run's folder, and `--chaos-seed` repeats its schedule.

    Single faults are what gateways are tested with; charts are damaged where two of them meet.

    Jepsen; RFC 9110 section 9.2.2; IETF draft, The Idempotency-Key HTTP Header Field.
    """
    profile = read_profile(PROFILE, places.bundled("scenarios") / "histories")
    applied = faulted = 0
    for part in schedule(profile, chaos_seed, updates=bool(claims.write.updates)):
        with contextlib.ExitStack() as stack:
            armed = force(stack, part.fault, ehr, network, consumer_network) if part.fault else None
            clients.carry_out(part.steps)
            if part.fault:
                faulted += 1
                applied += armed is None or ehr.refresh(armed) > 0
        if part.fault:
            wait_until_serving(clients, chart)
    clients.ask_again()
    history = History(chaos_seed, tuple(clients.done), tuple(clients.held(ehr)))
    (run_dir / f"history-{running.check.ordinal}.json").write_text(json.dumps(history.to_json(), indent=1))
    count(history, measured)
    measured["rounds with a fault"], measured["faults that took effect"] = faulted, applied
    judge(history, chaos_seed)  # first: what is wrong is wrong, whatever brought it about
    if applied < faulted - 1:
        raise Inconclusive(f"only {applied} of {faulted} faults took effect")
    require_substance(history)


def force(stack, item, ehr, network, consumer_network):
    """Put a fault of the schedule in force until the stack closes; return it when the EHR counts its effects."""
    if item.where == "ehr":
        return stack.enter_context(ehr.fault(fault(item.name, interaction=item.interaction)))
    path = network if item.where == "ehr network" else consumer_network
    stack.enter_context(path.fault(item.name, **item.attributes))
    return None


def wait_until_serving(clients, chart):
    """Wait until the gateway serves each type again: the next round is to meet the EHR, not an open breaker."""
    deadline = time.monotonic() + SERVES_AGAIN_WITHIN_S
    for resource_type in clients.types:
        params = {"patient": chart.id} | ({"category": "vital-signs"} if resource_type == "Observation" else {})
        while not served(clients.apps[0], resource_type, params) and time.monotonic() < deadline:
            time.sleep(0.1)


def served(app, resource_type, params):
    """Return whether a search is served."""
    try:
        return app.search(resource_type, params).status == 200
    except NoAnswer:
        return False


def count(history, measured):
    """Put into the report how many operations ended how."""
    for kind in (Kind.CREATE, Kind.UPDATE):
        for status in Status:
            ended = sum(item.kind is kind and item.status is status for item in history.operations)
            measured[f"{kind}s {status}"] = ended


def require_substance(history):
    """Raise Inconclusive unless enough was acknowledged and something was refused or left unknown."""
    acknowledged = sum(item.status is Status.OK for item in history.operations)
    if acknowledged < LEAST_SHARE * len(history.operations):
        raise Inconclusive(f"only {acknowledged} of {len(history.operations)} writes were acknowledged")
    if acknowledged == len(history.operations):
        raise Inconclusive("every write was acknowledged: the faults left no trace")


def judge(history, seed):
    """Fail with the shortest history of the first violation, if there is one."""
    found = violations(history)
    if found:
        expect.that(
            False,
            f"{len(found)} disagreements between clients and EHR, the first: {found[0].text}",
            expected="acknowledged once, refused never, unknown at most once, no update lost",
            actual=told(shrunk(history, found[0])),
            hint=f"--chaos-seed {seed} repeats the schedule",
        )
