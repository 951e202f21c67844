"""Family RES: more is asked for than the EHR can give in time. What can wait gives way to what cannot."""

import concurrent.futures
import contextlib
import itertools
import math
import threading
import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.pace import SLACK_S
from gauntlet.scenario import fault

CHARTS = 7
CALL_S = 0.8  # of a read at the EHR, by the fault
STORM = 1.2  # times what can be served within the latency budget, which is asked for again and again
MOST_REQUESTS = 500
ROUNDS = 1  # times the claimed concurrency: so many critical reads come
BUSY_WITHIN_S = SENT_WITHIN_S = 10.0
MOST = 0.75  # of the critical reads: a busy machine can make a few come too late
REFUSED = (429, 503)


def named(charts, types, count):
    """Return `count` records of some types as (type, id), the same ones again when there are fewer."""
    found = [(record.type, record.id) for chart in charts for record in chart.resources if record.type in types]
    if not found:
        raise Inconclusive(f"the charts have no {' or '.join(sorted(types))}")
    return list(itertools.islice(itertools.cycle(found), count))


def read(app, record):
    """Read a record; None without an answer."""
    try:
        return app.read(*record)
    except NoAnswer:
        return None


class Storm:
    """Reads each record, at once, and again as long as it is served: a queue on any machine, however slow that is."""

    def __init__(self, pool, app, records):
        self.answers = []
        self._begun = threading.Semaphore(0)
        self._count = len(records)
        self._over = threading.Event()
        self._readers = [pool.submit(self._read_on, app, record) for record in records]

    def _read_on(self, app, record):
        served = True
        while served and not self._over.is_set():
            self._begun.release()
            self.answers.append(answer := read(app, record))
            served = answer is not None and answer.status == 200

    def wait_until_sent(self):
        """Wait until each first read was begun. Raises Inconclusive when this machine cannot begin them in time."""
        deadline = time.monotonic() + SENT_WITHIN_S
        for _ in range(self._count):
            if not self._begun.acquire(timeout=max(0.0, deadline - time.monotonic())):
                raise Inconclusive(f"{self._count} reads were not begun within {SENT_WITHIN_S:g} s")

    def end(self):
        """Begin no more reads and wait for those under way; return the answers there were, and how many reads."""
        self._over.set()
        for item in self._readers:
            item.result()
        return [answer for answer in self.answers if answer is not None], len(self.answers)


@pytest.mark.requirement("RES-11", tripped_by=["sheds-nothing", "sheds-whatever-comes"])
def test_non_critical_requests_give_way(app, ehr, new_chart, claims, measured, pace):
    """When more is asked for than the EHR can give in time, what is claimed to give way does, and the rest is served

    Each read takes eight tenths of a second at the EHR. A storm of reads of the types that are claimed not to be
    critical comes in, more than can be served within the latency budget, and what is served is asked for again; once
    all of it was sent, reads of other types come. Most of these must be served; of the storm some must have been
    refused, with Retry-After and without asking the EHR.

    On the morning when everybody's schedule loads at once, the allergies of the patient on the table still have to.

    Nygard, Release It!, shed load; Integrating FHIR with Allscripts, section 3.
    """
    giving_way = set(claims.resilience.non_critical)
    if not giving_way or claims.throttling is None:
        pytest.skip("the target does not claim which types are shed first, or how many calls the EHR gets at once")
    cap, budget = claims.throttling.ehr_concurrency, claims.resilience.latency_budget_s
    charts = [new_chart() for _ in range(CHARTS)]
    storm = named(charts, giving_way, min(math.ceil(STORM * cap * budget / CALL_S), MOST_REQUESTS))
    urgent = named(charts, set(claims.core.types) - giving_way, ROUNDS * cap)
    if {expect.status(app.read(*record), 200).status for record in (storm[0], urgent[0])} != {200}:
        raise Inconclusive("the control reads were not served")
    mark = ehr.mark()
    with (
        ehr.fault(fault("slow-read")) as armed,
        concurrent.futures.ThreadPoolExecutor(len(storm) + len(urgent)) as pool,
        ended(Storm(pool, app, storm)) as waiting,
    ):
        wait_until_busy(ehr, armed, cap)
        waiting.wait_until_sent()
        served = list(pool.map(lambda record: read(app, record), urgent))
        given_way, sent = waiting.end()
    shed = refusals(given_way)
    asked = [entry for entry in ehr.calls(since=mark, interaction="read") if entry["resource_type"] in giving_way]
    measured["requests of the storm"], measured["shed"] = sent, len(shed)
    measured["slowest critical read s"] = round(max((answer.duration_s for answer in served if answer), default=0), 2)
    kept = sum(answer is not None and answer.status == 200 for answer in served)
    measured["critical reads served"] = kept
    too_late = at_once(shed, budget) >= len(storm) // 4 and not at_once(refusals(served), budget)
    if kept < MOST * len(urgent) and too_late and (excuse := pace.excuse()):
        raise Inconclusive(f"the storm gave way and critical reads came too late, but {excuse}")
    with pace.forgiving(SLACK_S):
        expect.at_least(kept, MOST * len(urgent), "critical requests were not served while others were shed", "reads")
    if not shed:
        raise Inconclusive("nothing was refused: the storm was not enough to make this gateway choose")
    for answer in shed:
        expect.header(answer, "Retry-After", "a request that gave way is not told when to come back")
        expect.operation_outcome(answer)
    expect.at_most(len(asked), sent - len(shed), "the EHR was asked for what had been shed", "calls")


def refusals(answers):
    """Return the answers that refuse."""
    return [answer for answer in answers if answer is not None and answer.status in REFUSED]


def at_once(refused, budget):
    """Return how many were refused long before the latency budget was over."""
    return sum(answer.duration_s < budget / 2 for answer in refused)


@contextlib.contextmanager
def ended(storm):
    """Yield the storm, and end it whatever happens."""
    try:
        yield storm
    finally:
        storm.end()


def wait_until_busy(ehr, armed, cap):
    """Wait until the fault holds as many reads as may be at the EHR at once. Raises Inconclusive."""
    deadline = time.monotonic() + BUSY_WITHIN_S
    while ehr.refresh(armed) < cap:
        if time.monotonic() > deadline:
            raise Inconclusive(f"fewer than {cap} reads of the storm reached the EHR within {BUSY_WITHIN_S:g} s")
        time.sleep(0.02)
