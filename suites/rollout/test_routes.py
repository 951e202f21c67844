"""Family ROL: endpoints and routes are changed while consumers are served. Each change proves that it took effect."""

import itertools
import threading
import time
from collections import Counter

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.history.clients import note_of
from gauntlet.pace import SLACK_S
from gauntlet.scenario import fault

OFF, STAYS_ON = "Condition", "AllergyIntolerance"
WRITERS = 4
UNDER_WAY_WITHIN_S = 10.0


def wait_for(condition, within_s):
    """Return whether the condition came true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.requirement("ROL-03", tripped_by=["switches-need-a-restart", "switches-everything-off"])
def test_switching_one_type(changing, claims, chart, ehr, pace):
    """One type can be switched off and on again while the gateway serves, and the others do not notice

    Control: conditions and allergies are served. Then conditions are switched off: they are refused without asking the
    EHR and without a restart, and allergies are served as before. Then they are switched on again.

    When one module of the EHR misbehaves at night, taking out its list must not mean taking out all of them.

    API strategy for legacy EHR vendors: feature toggles.
    """
    app, within = changing.app(), claims.rollout.takes_effect_s

    def status(resource_type):
        return app.search(resource_type, {"patient": chart.id}).status

    if (status(OFF), status(STAYS_ON)) != (200, 200):
        raise Inconclusive("the control searches were not served")
    changing.change("switch_off", type=OFF)
    with pace.forgiving(SLACK_S):
        expect.that(
            wait_for(lambda: status(OFF) in (403, 404, 503), within),
            f"{OFF} is still served after it was switched off",
            expected=f"refused within {within:g} s",
            actual=str(status(OFF)),
        )
    mark = ehr.mark()
    refused = app.search(OFF, {"patient": chart.id})
    expect.operation_outcome(refused)
    expect.equal(len(ehr.calls(since=mark, patient=chart.id)), 0, "the EHR was asked for a type that is off")
    expect.equal(status(STAYS_ON), 200, f"{STAYS_ON} is not served while {OFF} is off")
    changing.change("switch_on", type=OFF)
    with pace.forgiving(SLACK_S):
        expect.that(
            wait_for(lambda: status(OFF) == 200, within),
            f"{OFF} is not served after it was switched on again",
            expected=f"200 within {within:g} s",
            actual=str(status(OFF)),
        )


def told_route(answer, claims):
    """Return the route that an answer says it took; None when it says nothing."""
    return answer.headers.get(claims.rollout.route_header.lower())


def route_of(answer, claims):
    """Return the route that an answer took. Raises Inconclusive without the claimed header."""
    route = told_route(answer, claims)
    if not route:
        raise Inconclusive(f"answers have no {claims.rollout.route_header}: nobody can see which route they took")
    return route


@pytest.mark.requirement("ROL-04", tripped_by=["rollback-drops-what-is-under-way"])
def test_rollback_under_traffic(changing, claims, chart, ehr, measured, pace):
    """Rolled back to the old route under traffic, the gateway finishes what was under way on the new one

    The gateway is moved to the new route, which its answers show. While four apps create without a pause, each create
    taking its time at the EHR, and reads go on, it is moved back. Some creates must be under way when the old route is
    taken again. Every create must be answered with success and be at the EHR once, and every read be served.

    A rollback is made in a hurry; it must not be what loses entries.

    API strategy for legacy EHR vendors: rollback.
    """
    app, within = changing.app(), claims.rollout.takes_effect_s
    resource_type = writing.writable(claims)
    old = route_of(app.read("Patient", chart.id), claims)
    changing.change("forward")
    moved = wait_for(lambda: route_of(app.read("Patient", chart.id), claims) != old, within)
    if not moved:
        raise Inconclusive("the new route is not taken: there is nothing to roll back")
    reads, writes = Repeated(1, lambda: read(app, chart)), Repeated(WRITERS, creator(app, resource_type, chart))
    with ehr.fault(fault("slow-write", patient=chart.id)) as armed, reads, writes:
        if not wait_for(lambda: ehr.refresh(armed) >= WRITERS, UNDER_WAY_WITHIN_S):
            raise Inconclusive("the creates did not reach the EHR")
        changing.change("back")
        # A read that is refused meanwhile names no route: that is judged below, by the reads that go on beside.
        back = wait_for(lambda: told_route(app.read("Patient", chart.id), claims) == old, within)
        seen_at = time.monotonic()
    across = sum(started < seen_at < ended for started, ended, _ in writes.done)
    measured["creates across the rollback"], measured["reads meanwhile"] = across, len(reads.done)
    with pace.forgiving(SLACK_S):
        expect.that(back, "the old route is not taken after the rollback", expected=old, actual="the new one")
    expect.equal({status for _, _, status in writes.done}, {201}, "creates under way at the rollback were not finished")
    held = Counter(note_of(item["resource"]) for item in ehr.written(resource_type, chart.id))
    expected = Counter(f"route {n}" for n in range(len(writes.done)))
    expect.equal(held, expected, "the EHR does not hold each create once")
    expect.equal({status for _, _, status in reads.done}, {200}, "reads failed during the rollback")
    if not across:
        raise Inconclusive("no create was under way when the old route was taken again")


class Repeated:
    """One request after the other in each of some threads as long as the block lasts; `done`: start, end, status."""

    def __init__(self, threads, send):
        self.done = []
        self._send = send
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self):
        while not self._stop.wait(0.05):
            started = time.monotonic()
            try:
                status = self._send().status
            except NoAnswer:
                status = None
            self.done.append((started, time.monotonic(), status))


def read(app, chart):
    """Read the patient."""
    return app.read("Patient", chart.id)


def creator(app, resource_type, chart):
    """Return what sends one create after the other, each with a note of its own."""
    numbers = itertools.count()
    return lambda: app.create(resource_type, writing.body(resource_type, chart, note=f"route {next(numbers)}"))


@pytest.mark.requirement("ROL-05", tripped_by=["canary-for-everybody", "canary-for-nobody"])
def test_canary(changing, claims, chart, pace):
    """The client that goes ahead takes the new route, everybody else the old one

    Control: all clients take the same route. Then the batch client is sent ahead: its answers show the new route, the
    interactive app's and the partner's the old one. After a rollback all take the old one again.

    A new version meets a few real users first; the ward must not be among them by mistake.

    API strategy for legacy EHR vendors: canary.
    """
    ahead, rest, within = changing.app("batch"), changing.app("interactive"), claims.rollout.takes_effect_s
    others = [rest, changing.app("partner")]

    def route(app):
        return route_of(expect.status(app.read("Patient", chart.id), 200), claims)

    old = route(rest)
    if {route(app) for app in (ahead, *others)} != {old}:
        raise Inconclusive("the clients take different routes from the start")
    changing.change("canary", client=ahead.client_id)
    with pace.forgiving(SLACK_S):
        expect.that(
            wait_for(lambda: route(ahead) != old, within),
            "the client that goes ahead takes the old route",
            expected=f"another route than {old!r} within {within:g} s",
            actual=old,
        )
    for app in others:
        expect.equal(route(app), old, f"the {app.role} client, which does not go ahead, takes the new route")
    changing.change("back")
    with pace.forgiving(SLACK_S):
        expect.that(
            wait_for(lambda: route(ahead) == old, within),
            "the client that went ahead does not come back",
            expected=old,
            actual=route(ahead),
        )
