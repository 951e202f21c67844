"""Family OBS: what operators can read off the metrics: who, where, how much it costs, and what is about to break."""

import concurrent.futures
import itertools
import time

import pytest

from gauntlet import expect, writing
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

SHOWS_WITHIN_S = 5.0
TOKEN_LIFETIME_S = 6.0
QUEUED_FOR_S = 0.7  # the EHR takes a moment longer than that: what waited came so much later


def split(watch, label):
    """Return how far the requests moved by each value of a label."""
    series, found = watch.selector("requests"), {}
    for sign, samples in ((1, watch.readings()), (-1, watch.before)):
        for sample in samples:
            if series.fits(sample):
                value = sample.labels.get(label, "")
                found[value] = found.get(value, 0) + sign * sample.value
    return {value: count for value, count in found.items() if count}


@pytest.fixture
def label(claims):
    """Return a function that gives the gateway's label for one of our splits."""

    def named(name):
        labels = claims.observability.labels
        expect.that(
            name in labels,
            f"no label splits the requests by {name}",
            expected=f"{name} in [claims.observability] labels",
            actual=f"{', '.join(sorted(labels)) or 'none'} there",
        )
        return labels[name]

    return named


@pytest.mark.requirement("OBS-02", tripped_by=["metrics-without-client"])
def test_split_by_application(apps, moved, label, chart):
    """Requests are counted by application

    Two reads of one app and three of another one.

    "The gateway is slow" is answered by who is asking so much.

    API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    wanted = {"interactive": 2, "batch": 3}
    for role, number in wanted.items():
        for _ in range(number):
            expect.status(apps.app(role).read("Patient", chart.id), 200)
    watch.expect("requests", 5, "five reads of two apps")
    found = split(watch, label("application"))
    expect.equal(found, {apps.client_id(role): float(n) for role, n in wanted.items()}, "the split by application")


@pytest.mark.requirement("OBS-02", tripped_by=["metrics-without-type"])
def test_split_by_endpoint(app, moved, label, chart):
    """Requests are counted by endpoint

    Two reads of the patient and one search of conditions.

    Which part of the EHR is slow decides whom to call.

    API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    for _ in range(2):
        expect.status(app.read("Patient", chart.id), 200)
    expect.status(app.search("Condition", {"patient": chart.id}), 200)
    watch.expect("requests", 3, "two reads and a search")
    found = split(watch, label("endpoint"))
    by_type = {name: sum(count for value, count in found.items() if name in value) for name in ("Patient", "Condition")}
    expect.equal(by_type, {"Patient": 2.0, "Condition": 1.0}, f"the split by endpoint, {found}")


@pytest.mark.requirement("OBS-02", tripped_by=["metrics-without-facility"])
def test_split_by_facility(app, moved, label, chart, target):
    """Requests are counted by facility

    One read; the series that moved must name the facility whose EHR answered.

    A gateway in front of several hospitals must say which of them is in trouble.

    API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    expect.status(app.read("Patient", chart.id), 200)
    watch.expect("requests", 1, "one read")
    facility = target.file.ehr[0].facility
    found = split(watch, label("facility"))
    expect.that(
        bool(found) and all(facility in value for value in found),
        "the requests are not split by facility",
        expected=f"a label {label('facility')} that names {facility}",
        actual=str(found),
    )


@pytest.mark.requirement("OBS-03", tripped_by=["counts-refused-writes"])
def test_writes_are_counted(app, ehr, moved, chart, claims, measured):
    """Completed writes are counted, and only those

    Two creates that the EHR holds afterwards, and one that is refused. Without claimed writes there is nothing to
    count.

    The number of documented allergies is a figure that the hospital can compare with its own.

    Integrating FHIR with Allscripts, section 7: business events.
    """
    if claims.write is None:
        measured["writes"] = 0
        return
    resource_type = writing.writable(claims)
    watch = moved()
    for note in ("first", "second"):
        expect.status(app.create(resource_type, writing.body(resource_type, chart, note=note)), 201)
    refusal = app.create(resource_type, b'{"resourceType": "' + resource_type.encode() + b'"}')
    expect.status(refusal, 400, 422)
    held = len(ehr.written(resource_type, chart.id))
    if held != 2:
        raise Inconclusive(f"the EHR holds {held} of two writes")
    measured["writes"] = held
    watch.expect("writes_completed", held, "two writes that the EHR holds and one refused")


@pytest.mark.requirement("OBS-03", tripped_by=["mismatches-uncounted"])
def test_patient_mismatches_are_counted(app, ehr, moved, chart):
    """Answers of the EHR about another patient are counted

    Control: a read. Then the EHR answers with somebody else's record once.

    Each of them is an incident that the hospital must hear of.

    Integrating FHIR with Allscripts, section 7: business events.
    """
    expect.status(app.read("Patient", chart.id), 200)
    watch = moved()
    with ehr.fault(fault("wrong-patient", patient=chart.id)) as mixed_up:
        app.read("Patient", chart.id)
        ehr.require_applied(mixed_up)
    watch.expect("patient_mismatches", mixed_up.applied, f"{mixed_up.applied} answers about somebody else")


@pytest.mark.requirement("OBS-06", tripped_by=["queue-unseen"])
def test_queue_shows_before_errors(app, ehr, moved, chart, claims):
    """The queue before a slow EHR shows while everybody is still served

    Three times as many reads at once as the gateway sends to the EHR, while each takes a moment. Meanwhile the metrics
    are read again and again: the queue must show, and every read must be served.

    Whoever sees the queue at 7:20 can act before the ward round at 7:30.

    Integrating FHIR with Allscripts, section 7: leading indicators.
    """
    limit = claims.throttling.ehr_concurrency if claims.throttling else 64
    watch, looks, mark = moved(), [], ehr.mark()
    with (
        ehr.fault(fault("slow-read", patient=chart.id)) as armed,
        concurrent.futures.ThreadPoolExecutor(3 * limit) as pool,
    ):
        reads = [pool.submit(app.read, "Patient", chart.id) for _ in range(3 * limit)]
        while not all(read.done() for read in reads):
            asked = time.time()
            looks.append((asked, watch.now("queue_depth")))
        ehr.require_applied(armed)
    statuses = {read.result().status for read in reads}
    if statuses != {200}:
        raise Inconclusive(f"some of the reads were refused: {sorted(statuses)}; the queue would come no earlier")
    calls = sorted(call["started"] for call in ehr.calls(since=mark) if call["resource_id"] == chart.id)
    if len(calls) <= limit or calls[-1] - calls[0] < QUEUED_FOR_S:
        raise Inconclusive(f"{len(calls)} reads came to the EHR, and together: nothing waited")
    if not any(calls[limit - 1] < asked < calls[-1] - QUEUED_FOR_S for asked, _ in looks):
        raise Inconclusive("nobody could look at the metrics while calls waited: this machine is too busy")
    deepest = max(depth for _, depth in looks)
    expect.that(deepest > 0, "calls waited for the EHR and no queue showed", expected="above 0", actual=f"{deepest:g}")


@pytest.mark.requirement("OBS-06", tripped_by=["breaker-unseen"])
def test_breaker_state_shows(app, ehr, moved, chart):
    """An open circuit breaker shows, and so does its closing

    The EHR fails for conditions until the gateway refuses without asking it, which must show; then it is well again,
    and that must show, too.

    It tells apart "the EHR is down" from "the gateway has stopped asking".

    Integrating FHIR with Allscripts, section 7: leading indicators.
    """
    search = {"patient": chart.id}
    expect.status(app.search("Condition", search), 200)
    watch = moved()
    with ehr.fault(fault("failing-encounters", type="Condition")) as failing:
        if not eventually(lambda: not_asked(app, ehr, search), 10.0):
            raise Inconclusive("the gateway goes on asking a failing EHR: there is no breaker that could show")
        ehr.require_applied(failing)
        expect.that(watch.now("breaker_open") > 0, "the open breaker does not show", expected="above 0", actual="0")
    if not eventually(lambda: app.search("Condition", search).status == 200, 10.0):
        raise Inconclusive("conditions are not served again within 10 s")
    closed = eventually(lambda: watch.now("breaker_open") == 0, SHOWS_WITHIN_S)
    expect.that(closed, "the breaker has closed and still shows as open", expected="0", actual="above 0")


def not_asked(app, ehr, search):
    """Return whether a search is refused without a call at the EHR."""
    mark = ehr.mark()
    return app.search("Condition", search).status >= 500 and not ehr.calls(since=mark, patient=search["patient"])


def eventually(holds, within_s):
    """Return whether `holds` becomes true within `within_s`."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.requirement("OBS-06", tripped_by=["token-failures-unseen"])
def test_token_failures_show_before_errors(app, ehr, moved, chart):
    """Failing renewals of the gateway's own token show before consumers see errors

    The EHR's tokens live six seconds, and its token endpoint fails. Reads go on; the metric must move before the first
    of them is refused.

    The half of a lifetime that is left is the time in which somebody can act.

    Integrating FHIR with Allscripts, section 7: leading indicators.
    """
    ehr.set_token_lifetime(TOKEN_LIFETIME_S)
    ehr.expire_tokens()
    expect.status(app.read("Patient", chart.id), 200)
    watch = moved()
    with ehr.fault(fault("token-endpoint-down")) as down:
        deadline = time.monotonic() + TOKEN_LIFETIME_S + SHOWS_WITHIN_S
        while app.read("Patient", chart.id).status == 200 and time.monotonic() < deadline:
            if watch.of("token_failures") > 0:
                break
            time.sleep(0.1)
        seen = watch.of("token_failures") > 0
        still_served = app.read("Patient", chart.id).status == 200
        ehr.require_applied(down)
    expect.that(
        seen and still_served,
        "the gateway's token could not be renewed, and that did not show before reads were refused",
        expected="token failures while reads are served",
        actual=f"token failures {'shown' if seen else 'not shown'}, reads {'served' if still_served else 'refused'}",
    )


@pytest.mark.requirement("OBS-07", tripped_by=["attempts-counted-once"])
def test_costs_can_be_read_off(app, ehr, moved, chart):
    """Calls at the EHR and repeats among them are counted as the EHR saw them

    Three reads; the EHR answers the second one with 429 once. The EHR's journal says how many calls that made.

    Some EHRs charge by the call; a gateway that asks twice costs twice.

    Integrating FHIR with Allscripts, section 7: cost drivers.
    """
    expect.status(app.read("Patient", chart.id), 200)
    watch, mark = moved(), ehr.mark()
    expect.status(app.read("Patient", chart.id), 200)
    with ehr.fault({**fault("storm-429-seconds", patient=chart.id)}) as storm:
        app.read("Patient", chart.id)
        ehr.require_applied(storm)
    expect.status(app.read("Patient", chart.id), 200)
    calls = ehr.calls(since=mark, patient=chart.id)
    repeats = sum(
        earlier["status"] == 429 and earlier["resource_type"] == later["resource_type"]
        for earlier, later in itertools.pairwise(calls)
    )
    watch.expect("upstream_calls", len(calls), f"{len(calls)} calls at the EHR for three reads")
    watch.expect("upstream_retries", repeats, f"{repeats} repeats among them")


@pytest.mark.requirement("OBS-07", tripped_by=["replays-counted-as-writes"])
def test_duplicates_can_be_read_off(app, ehr, moved, chart, claims, running, measured):
    """Repeated creates are counted as what they are

    One create is sent three times with one key; the EHR holds one. Without claimed idempotency there is nothing to
    count.

    An app that saves everything twice costs everybody's time; a count of writes would hide it.

    Integrating FHIR with Allscripts, section 7: cost drivers.
    """
    if claims.idempotency is None:
        measured["duplicates"] = 0
        return
    resource_type = writing.writable(claims)
    body, key = writing.body(resource_type, chart), {claims.idempotency.header: f'"{running.check.ordinal}-thrice"'}
    watch = moved()
    for _ in range(3):
        expect.status(app.create(resource_type, body, headers=key), 201)
    if len(ehr.written(resource_type, chart.id)) != 1:
        raise Inconclusive("the EHR does not hold one record of three creates with one key")
    measured["duplicates"] = 2
    watch.expect("duplicate_writes", 2, "two repeats of one create")
    watch.expect("writes_completed", 1, "one create that took effect")
