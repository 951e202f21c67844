"""Traffic whose traces the harness begins, with a gateway that exports what a test wants."""

import types
from contextlib import contextmanager

import httpx
import orjson
import pytest

from gauntlet.consumer import Consumer
from gauntlet.errors import Inconclusive
from gauntlet.ledger import Ledger
from gauntlet.observe.spans import Spans
from gauntlet.traced_visit import Exported, TracedVisit
from synthetic.population import Population

CHART = Population(7, 20).chart(3)
FAMILY = CHART.patient.body["name"][0]["family"]


class FakeEhr:
    """An EHR whose faults take effect."""

    @contextmanager
    def fault(self, _wanted):
        yield None

    def require_applied(self, _armed):
        pass


class Gateway:
    """Answers everything, and exports a span of it unless `silent` says otherwise."""

    def __init__(self, spans, *, silent=lambda _request: False, told="GET Patient/{id}", form=200):
        self.spans, self.silent, self.told, self.form = spans, silent, told, form

    def answer(self, request):
        trace = request.headers["traceparent"].split("-")[1]
        if not self.silent(request):
            span = {"traceId": trace, "name": self.told}
            self.spans.take(orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))
        if request.method == "POST":
            return httpx.Response(self.form)
        return httpx.Response(200 if "authorization" in request.headers else 401)


def visited(spans=None, **gateway):
    spans, ledger = spans or Spans(), Ledger(0.0)
    http = httpx.Client(transport=httpx.MockTransport(Gateway(spans, **gateway).answer))
    app = Consumer("app", "app", "http://gateway", lambda: "token", lambda: ledger, http)
    apps = types.SimpleNamespace(anonymous=lambda: app.with_token(None))
    return TracedVisit(app, apps, FakeEhr(), spans, every_s=0.0, patience_s=0.0).exported(CHART)


def anonymous(request):
    return "authorization" not in request.headers


def test_spans_that_say_nothing_of_anybody():
    exported = visited()
    exported.require_whole()
    assert (len(exported.pushes), exported.leaks(CHART, "token")) == (6, [])


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (f"GET Patient/{CHART.id}", ["patient id"]),
        (f"GET Patient%2F{CHART.id}%20", ["patient id"]),
        (f"GET /Patient?family={FAMILY}", ["name (plain)"]),
    ],
)
def test_spans_that_name_the_patient(told, found):
    assert visited(told=told).leaks(CHART) == found


def test_a_token_in_a_span():
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
    assert len(visited(told=f"Bearer {token}").leaks(CHART, token)) == 1


def test_a_refusal_needs_no_span_and_a_form_that_is_not_offered_neither():
    visited(silent=anonymous).require_whole()
    visited(silent=lambda request: request.method == "POST", form=405).require_whole()


@pytest.mark.parametrize(
    ("silent", "names"),
    [
        (lambda _request: True, "read, search by name, search by form, upstream error, last read"),
        (lambda request: request.method == "POST", "search by form"),
    ],
)
def test_spans_that_did_not_come_prove_nothing(silent, names):
    with pytest.raises(Inconclusive, match=f"no span has come of these requests.*: {names}$"):
        visited(silent=silent).require_whole()


def test_a_refused_push_is_told():
    spans = Spans()
    spans.refused = "spans are understood as JSON"
    with pytest.raises(Inconclusive, match="a push was refused: spans are understood as JSON"):
        visited(spans, silent=lambda _request: True).require_whole()


def test_more_than_is_kept_proves_nothing():
    with pytest.raises(Inconclusive, match="pushes of spans exceeded"):
        visited(Spans(most_bytes=200)).require_whole()


def test_a_leak_is_found_in_what_came_even_when_something_is_missing():
    exported = Exported((CHART.id.encode(),), lacking="something")
    assert exported.leaks(CHART) == ["patient id"]


@pytest.mark.parametrize("otlp", [None, types.SimpleNamespace(spans=None)])
def test_a_target_that_claims_no_spans_is_not_visited(otlp):
    lab = types.SimpleNamespace(receivers=types.SimpleNamespace(otlp=otlp))
    assert TracedVisit.of(lab, None, None, None) is None
