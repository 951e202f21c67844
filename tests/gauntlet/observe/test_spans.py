"""Spans that arrive by OTLP: kept while somebody watches, within a bound, and waited for by their traces."""

import threading

import httpx
import orjson
import pytest

from gauntlet.observe.otlp_receiver import SPANS_JSON_ONLY, OtlpReceiver
from gauntlet.observe.spans import Spans, Traces, traces_of

ONE, OTHER = "ab" * 16, "cd" * 16


def document(*traces):
    spans = [{"traceId": trace, "spanId": "12" * 8, "name": "GET Patient/{id}"} for trace in traces]
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})


def test_traces_in_lower_case():
    assert list(traces_of(orjson.loads(document(ONE.upper(), OTHER)))) == [ONE, OTHER]


def test_only_what_arrives_during_a_watch_is_kept():
    spans = Spans()
    spans.take(document(ONE))
    with spans.watched():
        assert spans.missing([ONE], 0) == [ONE]
        spans.take(document(OTHER))
        assert (spans.bodies(), spans.missing([ONE, OTHER], 0)) == ([document(OTHER)], [ONE])
    assert spans.bodies() == []


def test_what_exceeds_the_bound_is_counted_and_not_waited_for():
    spans = Spans(most_bytes=len(document(ONE)))
    with spans.watched():
        for _ in range(3):
            spans.take(document(ONE))
        assert (len(spans.bodies()), spans.dropped) == (1, 2)
        assert spans.missing([OTHER], 600) == [OTHER]
    assert spans.dropped == 0


def test_a_wait_ends_when_they_are_there():
    spans = Spans()
    with spans.watched():
        threading.Timer(0.05, spans.take, [document(ONE)]).start()
        assert spans.missing([ONE], 60) == []


@pytest.fixture
def receiver():
    opened = OtlpReceiver(0.05, spans=Spans())
    yield opened
    opened.close()


def push(receiver, content, media_type="application/json", path="/v1/traces"):
    headers = {"Content-Type": media_type}
    return httpx.post(f"{receiver.url}{path}", content=content, headers=headers, trust_env=False)


@pytest.mark.parametrize("path", ["/v1/traces", "/second/v1/traces"])
def test_pushes_are_taken(receiver, path):
    with receiver.spans.watched():
        answer = push(receiver, document(ONE), path=path)
        assert (answer.status_code, answer.json(), receiver.spans.bodies()) == (200, {}, [document(ONE)])


@pytest.mark.parametrize(
    ("content", "media_type", "status", "text"),
    [
        (b"\x0a\x00", "application/x-protobuf", 415, SPANS_JSON_ONLY),
        (b"{}", "application/json", 400, "no ExportTraceServiceRequest"),
        (b"[]", "application/json", 400, "no ExportTraceServiceRequest"),
        (b"nonsense", "application/json", 400, "no ExportTraceServiceRequest"),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}', "application/json", 400, "traceId"),
    ],
)
def test_refusals(receiver, content, media_type, status, text):
    answer = push(receiver, content, media_type)
    assert (answer.status_code, text in answer.json()["message"], text in receiver.spans.refused) == (
        status,
        True,
        True,
    )
    assert receiver.refused == "", "metrics are not blamed"


def test_other_paths_say_what_is_served(receiver):
    assert push(receiver, b"{}", path="/v1/logs").json()["message"] == "only /v1/metrics is served, and /v1/traces"


def test_each_request_begins_a_trace_that_is_to_be_recorded():
    numbers = iter(range(1, 9))
    traces = Traces(lambda size: f"{next(numbers):0{2 * size}x}")
    assert traces.header("read") == {"traceparent": f"00-{1:032x}-{2:016x}-01"}
    traces.header("search")
    assert traces.begun == {"read": f"{1:032x}", "search": f"{3:032x}"}
