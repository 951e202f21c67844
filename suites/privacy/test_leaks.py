"""Family PHI: names, birth dates and numbers of patients do not leak sideways. Judged by what the charts really say."""

import time
from urllib.parse import unquote

import pytest

from gauntlet import expect, privacy
from gauntlet.addressing import names_patient
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault
from gauntlet.traced_visit import TracedVisit

pytestmark = pytest.mark.upstream("epic", "allscripts")

LOGGED_WITHIN_S = 5.0
TRACES = ("traceparent", "tracestate", "baggage", "b3", "uber-trace-id", "x-cloud-trace-context", "x-datadog-tags")
UNUSABLE = {"epic": "wrong-patient", "allscripts": "error-under-200"}
REFUSED = ("expired", "bad-signature", "other-audience")


def visit(app, apps, chart):
    """Cause ordinary and refused traffic about one chart: read, searches, a search by name, a refusal."""
    patient = chart.patient.body
    name = patient["name"][0]
    delivered = expect.status(app.read("Patient", chart.id), 200).resource("Patient")
    expect.equal(delivered.get("id"), chart.id, "another record than the patient's is delivered")
    expect.status(app.search("Condition", {"patient": chart.id}), 200)
    app.search(
        "Patient",
        {
            "family": name.get("family", name.get("text", "")),
            "given": name.get("given", [""])[0],
            "birthdate": patient["birthDate"],
        },
    )
    app.search("Patient", {"identifier": chart.mrn})
    apps.anonymous().read("Patient", chart.id)


@pytest.mark.requirement("PHI-01", tripped_by=["logs-patient-names", "logs-hashed-numbers"])
def test_logs_hold_no_patient_data(app, apps, logs, ehr, chart):
    """The general log holds no name, birth date, number, address, phone or token of a patient in play

    Reads, searches (by name and by number, too), provokes a refusal and an upstream error, then looks for everything
    the chart knows in what the gateway logged meanwhile.

    Logs are copied to places that were never meant for charts: dashboards, tickets, vendors.

    HIPAA 45 CFR 164.312; OWASP Logging Cheat Sheet.
    """
    since = logs.size()
    visit(app, apps, chart)
    with ehr.fault(fault("html-page", patient=chart.id)) as armed:
        app.read("Patient", chart.id)
    text = await_log(logs, since)
    found = privacy.found_in(text, chart)
    expect.equal(found, [], "the log holds patient data")
    token = app.token()
    expect.that(
        token not in text,
        "the log holds a consumer's token",
        expected="no bearer token",
        actual="a bearer token",
    )
    ehr.require_applied(armed)


def is_findable(chart):
    """Return whether the patient has a name of several letters, which stands nowhere by chance."""
    name = chart.patient.body.get("name", [{}])[0]
    parts = [name.get("family", ""), *name.get("given", [])[:1]]
    return len(parts) == 2 and all(len(part) >= 5 and part.isalpha() for part in parts)


def await_log(logs, since, within_s=LOGGED_WITHIN_S):
    """Return the log since `since` once it has grown; nothing logged is inconclusive, for silence proves nothing."""
    deadline = time.monotonic() + within_s
    while logs.size() <= since and time.monotonic() < deadline:
        time.sleep(0.05)
    text = logs.text(since)
    if not text.strip():
        raise Inconclusive("the gateway logged nothing: [observe] logs may name the wrong file")
    return text


@pytest.mark.requirement("PHI-01", tripped_by=["logs-patient-names", "logs-hashed-numbers"])
def test_whole_log_holds_no_patient_data(app, apps, logs, run_logs, chart, gauntlet_session, measured):
    """The general logs of the whole run hold nothing of any patient that the EHR was asked about

    Runs after all other checks. After the same traffic as above, the EHR's journal says which patients were in play in
    the run; everything that their charts know is looked for in the whole log, in every spelling. Where several labs ran
    side by side, the logs of all of them are searched for the patients of all of them; so are the logs of the second
    gateways that checks started with other settings.

    A leak comes from the one code path that nobody thought of, and that another check may have taken.

    HIPAA 45 CFR 164.312; OWASP Logging Cheat Sheet.
    """
    since = logs.size()
    visit(app, apps, chart)
    await_log(logs, since)
    population = gauntlet_session.population
    seen = run_logs.patients() | {chart.patient.id}
    indices = {index for patient in seen if (index := population.locate("Patient", patient)) is not None}
    scanner = privacy.Scanner((population.chart(index) for index in sorted(indices)), [app.token()])
    began, paths = time.process_time(), run_logs.paths()
    found = set().union(*(scanned(scanner, path) for path in paths))
    measured["logs"] = len(paths)
    measured["patients in play"] = len(indices)
    measured["megabytes of log"] = round(run_logs.size() / 1e6, 2)
    measured["seconds to scan"] = round(time.process_time() - began, 2)
    expect.equal(sorted(map(str, found)), [], "the log holds patient data")
    run_logs.require_whole()


def scanned(scanner, path):
    """Return what a log holds of the charts."""
    with path.open("rb") as stream:
        return scanner.scan(stream)


@pytest.mark.requirement("PHI-01", tripped_by=["logs-refused-tokens"])
def test_whole_log_holds_no_token(app, apps, logs, run_logs, chart, measured):
    """The general logs of the whole run hold no signed token, whoever sent it

    Runs after all other checks: ordinary traffic, and requests with tokens that must be refused: expired, wrongly
    signed, for another audience. Then whatever has the form of a signed token is looked for in the logs of all labs
    and second gateways: consumers' tokens of this and of all checks before, good or refused, and the proofs that the
    gateway sends to the EHR.

    A refused token is written down to find out why it was refused; the same line gives away a good one.

    RFC 6750 section 5.3; OWASP Logging Cheat Sheet, data to exclude: access tokens.
    """
    visit(app, apps, chart)
    since = logs.size()
    for kind in REFUSED:
        expect.status(apps.wrong(kind).read("Patient", chart.id), 401)
    await_log(logs, since)
    measured["logs"] = len(run_logs.paths())
    measured["megabytes of log"] = round(run_logs.size() / 1e6, 2)
    found = 0
    for path in run_logs.paths():
        with path.open("rb") as lines:
            found += privacy.signed_tokens(lines)
    expect.equal(found, 0, "the logs hold signed tokens")


@pytest.mark.requirement("PHI-02", tripped_by=["patient-id-in-metrics"])
def test_metrics_hold_no_patient_data(app, apps, metrics, chart):
    """Metrics hold neither data nor the id of a patient in play

    The same traffic, then the whole metrics exposition is searched.

    Metrics are open to everybody in operations, and kept for years.

    Prometheus, instrumentation: labels; OWASP Logging Cheat Sheet.
    """
    visit(app, apps, chart)
    text = metrics.text()
    expect.equal(privacy.found_in(text, chart), [], "the metrics hold patient data")
    expect.that(
        not names_patient(text, chart.id),
        "a metric's label holds the patient's id",
        expected="no patient id",
        actual=chart.id,
    )


@pytest.mark.requirement("PHI-02", tripped_by=["names-patient-in-baggage", "names-patients-in-spans"])
def test_traces_hold_no_patient_data(app, apps, ehr, chart_where, measured, gauntlet_session):
    """Neither the trace context that reaches the EHR nor exported spans say anything of a patient in play

    The same traffic, with searches by name and number; every header of every request that reached the EHR meanwhile,
    traceparent, tracestate and baggage among them, is searched for everything the chart knows, and those of traces for
    the patient's id, too. Where the target claims that spans come by OTLP (`[observe.otlp] traces`), requests with a
    traceparent follow: a read, searches by name by GET and by form, a refused one, an upstream error; all spans that
    arrive are searched likewise, and those of these requests must have arrived.

    Trace context goes to every party on the way and to whoever collects traces, which is nobody's chart.

    W3C Trace Context section 7.1 and W3C Baggage section 5: no personal data; OWASP Logging Cheat Sheet.
    """
    chart, mark = chart_where(is_findable), ehr.mark()
    visit(app, apps, chart)
    require_silent_headers(chart, ehr, mark, measured)
    visitor = TracedVisit.of(gauntlet_session.lab, app, apps, ehr)
    if visitor is not None:
        exported = visitor.exported(chart)
        measured["pushes of spans"] = len(exported.pushes)
        expect.equal(exported.leaks(chart, app.token()), [], "exported spans hold patient data or a consumer's token")
        exported.require_whole()


def require_silent_headers(chart, ehr, mark, measured):
    """Fail when headers that reached the EHR since `mark` tell of the patient; Inconclusive when there are none."""
    calls = [call for call in ehr.calls(since=mark, kind=None) if call["request_headers"]]
    if not any(chart.patient.id in call["patients"] for call in calls):
        raise Inconclusive("nothing about the patient was asked of the EHR: there are no headers to look into")
    headers = [(name.lower(), value) for call in calls for name, value in dict(call["request_headers"]).items()]
    traces = [value for name, value in headers if name in TRACES]
    measured["headers at the EHR"], measured["of traces"] = len(headers), len(traces)
    found = privacy.found_in("\n".join(f"{name}: {value}" for name, value in headers), chart)
    expect.equal(found, [], "the headers of requests to the EHR hold patient data")
    expect.that(
        not any(names_patient(unquote(value), chart.id) for value in traces),
        "the trace context holds the patient's id",
        expected="no patient id",
        actual=chart.id,
    )


@pytest.mark.requirement("PHI-02", tripped_by=["name-in-error-body"])
def test_error_bodies_hold_no_patient_data(app, ehr, target, claims, new_chart):
    """Error answers hold no patient data

    Errors of several kinds are provoked about a patient: a search without a match, a broken answer and a wrong-patient
    answer of the EHR; of Unity, whose rows do not say whose they are, an error row under status 200 in place of the
    last one. None of the bodies may hold what the charts know.

    Error texts are shown on screens, pasted into tickets, and sent to vendors.

    OWASP, improper error handling.
    """
    bodies, charts = [], []
    for name in (UNUSABLE[target.file.ehr[0].vendor], "broken-json", "storm-503"):
        chart = new_chart()
        charts.append(chart)
        known = chart if claims.cache is None else new_chart()  # what was read may be served from a cache, marked
        expect.status(app.read("Patient", known.id), 200)
        with ehr.fault(fault(name, patient=chart.id)) as armed:
            answer = app.read("Patient", chart.id)
            ehr.require_applied(armed)
        expect.that(answer.status >= 400, "the fault was served", expected="an error", actual=answer.brief())
        bodies.append(answer.text)
    for chart in charts:
        expect.equal(privacy.found_in("\n".join(bodies), chart), [], "an error answer holds patient data")


@pytest.mark.requirement("UPA-09", tripped_by=["logs-upstream-token"])
def test_upstream_token_does_not_leak(app, ehr, logs, metrics, audit, chart):
    """The EHR's token appears in no answer, log, metric or audit record

    A renewal of the token is provoked; the token the gateway then uses is known to the EHR by its fingerprint, and
    every word of log, metrics, audit trail and answers is compared with it.

    Whoever finds that token in a log is the gateway.

    OWASP Logging Cheat Sheet, data to exclude.
    """
    since = logs.size()
    mark = ehr.mark()
    ehr.expire_tokens()
    answer = app.read("Patient", chart.id)
    fingerprints = {entry["token"] for entry in ehr.calls(since=mark, patient=chart.id) if entry["token"]}
    if not fingerprints:
        raise Inconclusive("no request with a token reached the EHR")
    places = {"the log": await_log(logs, since), "the answer": answer.text + repr(answer.headers)}
    if audit.path is not None and audit.path.is_file():
        places["the audit trail"] = audit.path.read_text(encoding="utf-8", errors="replace")
    if metrics.url:
        places["the metrics"] = metrics.text()
    for place, text in places.items():
        expect.that(
            not privacy.holds_token(text, fingerprints),
            f"{place} holds the EHR's token",
            expected="no upstream token",
            actual=f"an upstream token in {place}",
        )
