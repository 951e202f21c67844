"""The proof of each network fault: what a probe does under it and how what it saw is judged.

Pure; see `proof`.
"""

from __future__ import annotations

import math

from gauntlet.network.probe import Ending, Plan, Sight
from gauntlet.network.proof import Attributes, Proof, Prover, Situation, milliseconds

CAP_S = 2.0  # nobody waits longer for a proof, but for a reset that is to come later
RESET_CAP_S = 6.0
PADDED_REQUEST_BYTES = 4096  # below the header limits of common servers
TOLERANCE = 0.9  # of the expected time: timers may ring a little early
STALL_S = 0.5  # how long nothing has to come when nothing may
SHORTEST_S = 0.02  # below this, lateness is noise


def short_get(_stream: str) -> Plan:
    """Ask the probe path."""
    return Plan(CAP_S)


def padded_get(stream: str) -> Plan:
    """Ask the probe path, with a long request where the fault acts on requests."""
    return Plan(CAP_S, PADDED_REQUEST_BYTES if stream.lower() == "upstream" else 1)


def hang_up(_stream: str) -> Plan:
    """Connect and close at once."""
    return Plan(CAP_S, 0)


def needs_answer(situation: Situation) -> str:
    """Return why a fault that acts on an answer can't be seen, or nothing."""
    return "" if situation.normal.complete else "the probe got no whole answer even without the fault"


# Latency shows in a first byte that is late.


def latency_due(situation: Situation) -> float:
    """Return when the first byte comes at the earliest; with jitter above latency, in half of the cases."""
    latency, jitter = situation["latency"], situation["jitter"]
    return min(CAP_S, (latency - jitter if latency > jitter else latency) / 1000)


def plan_latency(situation: Situation) -> Plan | str:
    """Wait for the first byte until it is due."""
    due = latency_due(situation)
    first = situation.normal.first_s
    if first is None:
        return "the probe got no answer even without the fault"
    if due < max(SHORTEST_S, 2 * first):
        return f"{milliseconds(due)} can't be told from the {milliseconds(first)} that an answer takes anyway"
    return Plan(due * TOLERANCE)


def judge_latency(situation: Situation, seen: Sight) -> Proof:
    """No byte came before it was due, and the connection stayed; a probe that woke up late may have seen one since."""
    none_early = seen.first_s is None or seen.first_s >= latency_due(situation) * TOLERANCE
    held = none_early and seen.ending is Ending.OPEN
    before = milliseconds(situation.normal.first_s)
    if held:
        return Proof(True, f"no byte came for {milliseconds(seen.ended_s)}; without the fault the first took {before}")
    return Proof(False, f"the first byte took {milliseconds(seen.first_s)}, without the fault {before}")


# A limited bandwidth shows in a last byte that is late.


def transfer_s(situation: Situation) -> float:
    """Return how long the limited bytes take at the limited rate."""
    size = PADDED_REQUEST_BYTES if situation.upstream else situation.normal.received
    rate = situation["rate"]
    return STALL_S if rate <= 0 else size / (rate * 1000)


def plan_bandwidth(situation: Situation) -> Plan | str:
    """Watch for as long as the transfer takes at least."""
    problem = needs_answer(situation)
    if problem:
        return problem
    due, usual = transfer_s(situation), situation.normal.last_s or 0.0
    if due < max(SHORTEST_S, 2 * usual):
        return (
            f"{milliseconds(due)} at this rate can't be told from the usual {milliseconds(usual)}; "
            "give the proxy a probe path with a larger answer"
        )
    return Plan(min(CAP_S, due) * TOLERANCE, padded_get(situation.stream).request_bytes)


def judge_bandwidth(situation: Situation, seen: Sight) -> Proof:
    """The answer is not whole yet when an unlimited one long was."""
    held = not seen.complete and seen.ending is Ending.OPEN
    usual = milliseconds(situation.normal.last_s)
    amount = f"{seen.received} of {situation.normal.received} bytes"
    return Proof(held, f"{amount} came in {milliseconds(seen.ended_s)}; without the fault all took {usual}")


# A slow close shows in an end that is late.


def plan_slow_close(situation: Situation) -> Plan | str:
    """Hang up and wait for the other side's close."""
    due, usual = situation["delay"] / 1000, situation.normal.ended_s
    if situation.normal.ending is Ending.OPEN or due < max(SHORTEST_S, 2 * usual):
        return f"a close delayed by {milliseconds(due)} can't be told from the usual {milliseconds(usual)}"
    return Plan(min(CAP_S, due) * TOLERANCE, 0)


def judge_slow_close(situation: Situation, seen: Sight) -> Proof:
    """The connection is still open, or was for the time it had to be."""
    usual = milliseconds(situation.normal.ended_s)
    late = seen.ending is Ending.CLOSED and seen.ended_s >= min(CAP_S, situation["delay"] / 1000) * TOLERANCE
    return Proof(
        late or seen.ending is Ending.OPEN,
        f"{milliseconds(seen.ended_s)} after hanging up the connection was {seen.ending}; without the fault "
        f"it was closed after {usual}",
    )


# A time-out shows in silence.


def plan_timeout(situation: Situation) -> Plan | str:
    """Ask and listen, until the connection should be closed."""
    first = situation.normal.first_s  # of an answer that keeps the connection open, unless the server closes
    if first is None or first > CAP_S / 4:
        return "the probe got no prompt answer even without the fault"
    return Plan(min(CAP_S, max(0.5, 4 * first, situation["timeout"] / 1000 + 0.5)))


def judge_timeout(situation: Situation, seen: Sight) -> Proof:
    """Nothing came; a connection with a time-out that has passed is closed."""
    overdue = 0 < situation["timeout"] / 1000 < seen.ended_s - 0.4
    closed = seen.ending in {Ending.CLOSED, Ending.RESET}
    held = seen.received == 0 and seen.ending is not Ending.REFUSED and (closed or not overdue)
    closes_anyway = situation.normal.ending is Ending.CLOSED
    held = held and (situation["timeout"] > 0 or not closed or closes_anyway)
    usual = milliseconds(situation.normal.first_s)
    return Proof(
        held,
        f"{seen.received} bytes in {milliseconds(seen.ended_s)}, connection {seen.ending}; without the fault "
        f"the first byte took {usual}",
    )


# A reset shows in an RST.


def plan_reset(situation: Situation) -> Plan | str:
    """Hang up, which triggers the toxic as data does, and wait for the reset."""
    due = situation["timeout"] / 1000
    if due > RESET_CAP_S - 1:
        return f"a reset after {milliseconds(due)} is later than a probe waits ({RESET_CAP_S:.0f} s)"
    return Plan(due + 1.0, 0)


def judge_reset(situation: Situation, seen: Sight) -> Proof:
    """The connection was reset."""
    return Proof(
        seen.ending is Ending.RESET,
        f"the connection was {seen.ending} after {milliseconds(seen.ended_s)}; without the fault it was "
        f"{situation.normal.ending} after {milliseconds(situation.normal.ended_s)}",
    )


# Slices show in their pauses or their number.


def slicing_s(situation: Situation) -> float:
    """Return how long the pauses between the pieces take at least."""
    size = PADDED_REQUEST_BYTES if situation.upstream else situation.normal.received
    largest = max(1, situation["average_size"] + situation["size_variation"])
    return (math.ceil(size / largest) - 1) * situation["delay"] / 1_000_000


def shows_in_time(situation: Situation) -> bool:
    """Return whether the pauses between the pieces are long enough to be told from the usual time."""
    return slicing_s(situation) >= max(SHORTEST_S, 2 * (situation.normal.last_s or 0.0))


def plan_slicer(situation: Situation) -> Plan | str:
    """Watch the pieces arrive; where the pauses are too short to be seen, count the pieces."""
    problem = needs_answer(situation)
    if problem:
        return problem
    size = padded_get(situation.stream).request_bytes
    if shows_in_time(situation):
        return Plan(min(CAP_S, slicing_s(situation)) * TOLERANCE, size)
    if situation.upstream:
        return "pieces of a request without a visible pause can't be seen from this side"
    return Plan(CAP_S, size)


def judge_slicer(situation: Situation, seen: Sight) -> Proof:
    """The answer is late by the pauses, or comes in more pieces than without the fault."""
    late = shows_in_time(situation) and not seen.complete and seen.ending is Ending.OPEN
    pieces, before = len(seen.arrivals), len(situation.normal.arrivals)
    sliced = not situation.upstream and pieces >= before + 2
    return Proof(
        late or sliced,
        f"{seen.received} bytes in {pieces} pieces came in {milliseconds(seen.ended_s)}; without the fault "
        f"{situation.normal.received} in {before}, the last after {milliseconds(situation.normal.last_s)}",
    )


# A data limit shows in an answer that is short.


def plan_limit(situation: Situation) -> Plan | str:
    """Ask for more than the limit, or with a longer request than it."""
    limit, size = situation["bytes"], situation.normal.received
    problem = needs_answer(situation)
    if problem:
        return problem
    if situation.upstream and limit >= PADDED_REQUEST_BYTES:
        return f"a limit of {limit} bytes is above the {PADDED_REQUEST_BYTES} of the probe's request"
    if not situation.upstream and limit >= size:
        return (
            f"a limit of {limit} bytes is not below the {size} of the answer; "
            "give the proxy a probe path with a larger one"
        )
    return Plan(CAP_S, padded_get(situation.stream).request_bytes)


def judge_limit(situation: Situation, seen: Sight) -> Proof:
    """The connection ended and exactly the limit came through; of a cut request, no answer."""
    ended = seen.ending in {Ending.CLOSED, Ending.RESET}
    expected = 0 if situation.upstream else situation["bytes"]
    cut = seen.received <= expected
    return Proof(
        ended and cut,
        f"{seen.received} bytes came, then the connection was {seen.ending}; without the fault "
        f"{situation.normal.received}",
    )


# A proxy that is down shows in a refused connection.


def plan_down(_situation: Situation) -> Plan | str:
    """Connect."""
    return Plan(CAP_S, 0)


def judge_down(situation: Situation, seen: Sight) -> Proof:
    """The connection was refused."""
    held = seen.ending is Ending.REFUSED and situation.normal.ending is not Ending.REFUSED
    return Proof(held, f"a connection was {seen.ending}, without the fault {situation.normal.ending}")


def plan_noop(_situation: Situation) -> Plan | str:
    """Say why nothing can be seen."""
    return "noop changes nothing, so there is nothing to see"


def latency_chance(attributes: Attributes) -> float:
    """Return the share of connections whose first byte is late enough."""
    return 1.0 if attributes.get("latency", 0) > attributes.get("jitter", 0) else 0.5


PROVERS: dict[str, Prover] = {
    "latency": Prover(short_get, plan_latency, judge_latency, latency_chance),
    "bandwidth": Prover(padded_get, plan_bandwidth, judge_bandwidth),
    "slow_close": Prover(hang_up, plan_slow_close, judge_slow_close),
    "timeout": Prover(short_get, plan_timeout, judge_timeout),
    "reset_peer": Prover(hang_up, plan_reset, judge_reset),
    "slicer": Prover(padded_get, plan_slicer, judge_slicer),
    "limit_data": Prover(padded_get, plan_limit, judge_limit),
    "down": Prover(hang_up, plan_down, judge_down),
    "noop": Prover(hang_up, plan_noop, judge_down),
}
