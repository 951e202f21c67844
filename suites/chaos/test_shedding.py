"""Family RES: more is asked for than the EHR can give in time. What can wait gives way to what cannot."""

import concurrent.futures
import itertools
import math
import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.scenario import fault

CHARTS = 7
CALL_S = 0.5  # of a read at the EHR, by the fault
STORM = 1.5  # times what can be served within the latency budget
MOST_REQUESTS = 500
ROUNDS = 1  # times the claimed concurrency: so many critical reads come
BUSY_WITHIN_S = 5.0
MOST = 0.75  # of the critical reads: a busy machine can make a few come too late
REFUSED = (429, 503)


def named(charts, types, count):
    """Return `count` records of some types as (type, id), the same ones again when there are fewer."""
    found = [(record.type, record.id) for chart in charts for record in chart.resources if record.type in types]
    if not found:
        raise Inconclusive(f"the charts have no {' or '.join(sorted(types))}")
    return list(itertools.islice(itertools.cycle(found), count))


def at_once(pool, app, records):
    """Start a read of each record."""

    def read(record):
        try:
            return app.read(*record)
        except NoAnswer:
            return None

    return [pool.submit(read, record) for record in records]


@pytest.mark.requirement("RES-11", tripped_by=["sheds-nothing", "sheds-whatever-comes"])
def test_non_critical_requests_give_way(app, ehr, new_chart, claims, measured):
    """When more is asked for than the EHR can give in time, what is claimed to give way does, and the rest is served

    Each read takes half a second at the EHR. A storm of reads of the types that are claimed not to be critical comes
    in, more than can be served within the latency budget; while it waits, reads of other types come. Most of
    these must be served; of the storm some must have been refused, with Retry-After and without asking the EHR.

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
        ehr.fault(fault("slower-read")) as armed,
        concurrent.futures.ThreadPoolExecutor(len(storm) + len(urgent)) as pool,
    ):
        waiting = at_once(pool, app, storm)
        wait_until_busy(ehr, armed, cap)
        served = [future.result() for future in at_once(pool, app, urgent)]
        given_way = [answer for future in waiting if (answer := future.result()) is not None]
    shed = [answer for answer in given_way if answer.status in REFUSED]
    asked = [entry for entry in ehr.calls(since=mark, interaction="read") if entry["resource_type"] in giving_way]
    measured["requests of the storm"], measured["shed"] = len(storm), len(shed)
    measured["slowest critical read s"] = round(max((answer.duration_s for answer in served if answer), default=0), 2)
    kept = sum(answer is not None and answer.status == 200 for answer in served)
    measured["critical reads served"] = kept
    expect.at_least(kept, MOST * len(urgent), "critical requests were not served while others were shed", "reads")
    if not shed:
        raise Inconclusive("nothing was refused: the storm was not enough to make this gateway choose")
    for answer in shed:
        expect.header(answer, "Retry-After", "a request that gave way is not told when to come back")
        expect.operation_outcome(answer)
    expect.at_most(len(asked), len(storm) - len(shed), "the EHR was asked for what had been shed", "calls")


def wait_until_busy(ehr, armed, cap):
    """Wait until the fault holds as many reads as may be at the EHR at once. Raises Inconclusive."""
    deadline = time.monotonic() + BUSY_WITHIN_S
    while ehr.refresh(armed) < cap:
        if time.monotonic() > deadline:
            raise Inconclusive(f"fewer than {cap} reads of the storm reached the EHR within {BUSY_WITHIN_S:g} s")
        time.sleep(0.02)
