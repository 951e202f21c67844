"""What a probe has to see for each fault; the sights are made up, the network is not involved."""

from __future__ import annotations

import pytest

from gauntlet.network.probe import Ending, Plan, Sight
from gauntlet.network.proof import Situation
from gauntlet.network.provers import CAP_S, PROVERS
from gauntlet.network.toxics import TOXICS

NORMAL = Sight(Ending.OPEN, 0.003, ((0.002, 1000), (0.003, 1000)), complete=True)
SLOW = Sight(Ending.OPEN, 0.9, ((0.8, 2000),), complete=True)
NO_ANSWER = Sight(Ending.CLOSED, 0.003)
HUNG_UP = Sight(Ending.CLOSED, 0.001)


def sight(ending: Ending, ended_s: float, *arrivals: tuple[float, int], complete: bool = False) -> Sight:
    return Sight(ending, ended_s, arrivals, complete)


OPEN, CLOSED, RESET, REFUSED = Ending.OPEN, Ending.CLOSED, Ending.RESET, Ending.REFUSED
WHOLE = ((0.002, 2000),)
JUDGED = [
    ("latency", {"latency": 300}, "downstream", NORMAL, sight(OPEN, 0.27), True),
    ("latency", {"latency": 300}, "upstream", NORMAL, sight(OPEN, 0.002, *WHOLE, complete=True), False),
    ("latency", {"latency": 300}, "downstream", NORMAL, sight(OPEN, 0.31, (0.31, 2000), complete=True), True),
    ("latency", {"latency": 300}, "downstream", NORMAL, sight(OPEN, 0.26, (0.26, 2000), complete=True), False),
    ("latency", {"latency": 300}, "downstream", NORMAL, sight(CLOSED, 0.1), False),
    ("latency", {"latency": 300}, "downstream", NORMAL, sight(REFUSED, 0.0), False),
    ("bandwidth", {"rate": 1}, "downstream", NORMAL, sight(OPEN, 1.8, (0.1, 100)), True),
    ("bandwidth", {"rate": 1}, "downstream", NORMAL, sight(OPEN, 0.1, *WHOLE, complete=True), False),
    ("bandwidth", {"rate": 0}, "upstream", NORMAL, sight(OPEN, 0.9), True),
    ("bandwidth", {"rate": 1}, "downstream", NORMAL, sight(RESET, 0.1), False),
    ("slow_close", {"delay": 500}, "downstream", HUNG_UP, sight(OPEN, 0.45), True),
    ("slow_close", {"delay": 500}, "downstream", HUNG_UP, sight(CLOSED, 0.51), True),
    ("slow_close", {"delay": 500}, "downstream", HUNG_UP, sight(CLOSED, 0.44), False),
    ("slow_close", {"delay": 500}, "downstream", HUNG_UP, sight(CLOSED, 0.01), False),
    ("timeout", {"timeout": 0}, "downstream", NORMAL, sight(OPEN, 0.5), True),
    ("timeout", {"timeout": 0}, "downstream", NORMAL, sight(CLOSED, 0.01), False),
    ("timeout", {"timeout": 0}, "downstream", sight(CLOSED, 0.01, *WHOLE), sight(CLOSED, 0.01), True),
    ("timeout", {"timeout": 200}, "downstream", NORMAL, sight(CLOSED, 0.2), True),
    ("timeout", {"timeout": 200}, "upstream", NORMAL, sight(RESET, 0.2), True),
    ("timeout", {"timeout": 200}, "downstream", NORMAL, sight(OPEN, 0.7), False),
    ("timeout", {"timeout": 9000}, "downstream", NORMAL, sight(OPEN, 2.0), True),
    ("timeout", {"timeout": 200}, "downstream", NORMAL, sight(CLOSED, 0.2, *WHOLE), False),
    ("timeout", {"timeout": 200}, "downstream", NORMAL, sight(REFUSED, 0.0), False),
    ("reset_peer", {}, "downstream", HUNG_UP, sight(RESET, 0.001), True),
    ("reset_peer", {}, "downstream", HUNG_UP, sight(CLOSED, 0.001), False),
    ("slicer", {"average_size": 100, "delay": 10_000}, "downstream", NORMAL, sight(OPEN, 0.17, (0.1, 500)), True),
    (
        "slicer",
        {"average_size": 100, "delay": 10_000},
        "upstream",
        NORMAL,
        sight(OPEN, 0.1, *WHOLE, complete=True),
        False,
    ),
    (
        "slicer",
        {"average_size": 100},
        "downstream",
        NORMAL,
        sight(OPEN, 0.01, *[(0.001, 500)] * 4, complete=True),
        True,
    ),
    ("slicer", {"average_size": 100}, "downstream", NORMAL, sight(OPEN, 0.01, *WHOLE, complete=True), False),
    ("limit_data", {"bytes": 100}, "downstream", NORMAL, sight(CLOSED, 0.01, (0.001, 100)), True),
    ("limit_data", {"bytes": 100}, "downstream", NORMAL, sight(OPEN, 0.01, *WHOLE, complete=True), False),
    ("limit_data", {"bytes": 100}, "downstream", NORMAL, sight(CLOSED, 0.01, (0.001, 101)), False),
    ("limit_data", {"bytes": 100}, "upstream", NORMAL, sight(RESET, 0.01), True),
    ("limit_data", {"bytes": 100}, "upstream", NORMAL, sight(CLOSED, 0.01, (0.001, 50)), False),
    ("down", {}, "both", HUNG_UP, sight(REFUSED, 0.0), True),
    ("down", {}, "both", HUNG_UP, sight(CLOSED, 0.0), False),
    ("down", {}, "both", sight(REFUSED, 0.0), sight(REFUSED, 0.0), False),
]


@pytest.mark.parametrize(("kind", "attributes", "stream", "normal", "seen", "held"), JUDGED)
def test_what_proves_a_fault_and_what_does_not(
    kind: str, attributes: dict[str, int], stream: str, normal: Sight, seen: Sight, held: bool
) -> None:
    proof = PROVERS[kind].judge(Situation(attributes, stream, normal), seen)
    assert proof.held is held
    assert "without the fault" in proof.evidence


IMPOSSIBLE = [
    ("latency", {"latency": 5}, "downstream", NORMAL, "can't be told"),
    ("latency", {"latency": 1000}, "downstream", SLOW, "can't be told"),
    ("latency", {"latency": 1000}, "downstream", NO_ANSWER, "no answer even without"),
    ("bandwidth", {"rate": 1000}, "downstream", NORMAL, "probe path with a larger answer"),
    ("bandwidth", {"rate": 1}, "downstream", NO_ANSWER, "no whole answer"),
    ("slow_close", {"delay": 1}, "downstream", HUNG_UP, "can't be told"),
    ("slow_close", {"delay": 900}, "downstream", Sight(Ending.OPEN, 2.0), "can't be told"),
    ("timeout", {}, "downstream", SLOW, "no prompt answer"),
    ("timeout", {}, "downstream", NO_ANSWER, "no prompt answer"),
    ("reset_peer", {"timeout": 60_000}, "downstream", HUNG_UP, "later than a probe waits"),
    ("slicer", {"average_size": 100, "delay": 1}, "upstream", NORMAL, "can't be seen from this side"),
    ("slicer", {"average_size": 100, "delay": 1}, "downstream", NO_ANSWER, "no whole answer"),
    ("limit_data", {"bytes": 2000}, "downstream", NORMAL, "not below the 2000"),
    ("limit_data", {"bytes": 5000}, "upstream", NORMAL, "above the 4096"),
    ("limit_data", {"bytes": 5}, "downstream", NO_ANSWER, "no whole answer"),
    ("noop", {}, "downstream", HUNG_UP, "changes nothing"),
]


@pytest.mark.parametrize(("kind", "attributes", "stream", "normal", "why"), IMPOSSIBLE)
def test_what_no_probe_can_show_is_said(
    kind: str, attributes: dict[str, int], stream: str, normal: Sight, why: str
) -> None:
    plan = PROVERS[kind].plan(Situation(attributes, stream, normal))
    assert isinstance(plan, str)
    assert why in plan


@pytest.mark.parametrize(
    ("kind", "attributes", "stream", "normal", "wait_s"),
    [
        ("latency", {"latency": 300}, "downstream", NORMAL, 0.27),
        ("latency", {"latency": 300, "jitter": 100}, "downstream", NORMAL, 0.18),
        ("latency", {"latency": 100, "jitter": 100}, "downstream", NORMAL, 0.09),
        ("latency", {"latency": 90_000}, "downstream", NORMAL, CAP_S * 0.9),
        ("bandwidth", {"rate": 10}, "downstream", NORMAL, 0.18),
        ("bandwidth", {"rate": 10}, "upstream", NORMAL, 0.36864),
        ("slow_close", {"delay": 90_000}, "upstream", HUNG_UP, CAP_S * 0.9),
        ("timeout", {"timeout": 90_000}, "downstream", NORMAL, CAP_S),
        ("reset_peer", {"timeout": 300}, "downstream", HUNG_UP, 1.3),
        ("slicer", {"average_size": 100, "delay": 10_000}, "downstream", NORMAL, 0.171),
        ("limit_data", {"bytes": 100}, "upstream", NORMAL, CAP_S),
    ],
)
def test_no_probe_waits_longer_than_it_has_to(
    kind: str, attributes: dict[str, int], stream: str, normal: Sight, wait_s: float
) -> None:
    plan = PROVERS[kind].plan(Situation(attributes, stream, normal))
    assert isinstance(plan, Plan)
    assert plan.wait_s == pytest.approx(wait_s)


def test_every_toxic_and_down_have_a_prover() -> None:
    assert set(PROVERS) == {*TOXICS, "down"}


def test_a_jitter_above_the_latency_needs_several_connections() -> None:
    chance = PROVERS["latency"].chance
    assert (chance({"latency": 10}), chance({"latency": 10, "jitter": 10})) == (1.0, 0.5)
