"""OTLP metrics as samples, and the receiver of pushes."""

import gzip
import itertools
import threading
import time

import httpx
import orjson
import pytest

from gauntlet.errors import CheckFailed, SetupError
from gauntlet.observe.metrics import MetricsReader
from gauntlet.observe.otlp import Totals, exposition, points_of
from gauntlet.observe.otlp_receiver import JSON_ONLY, OtlpReceiver
from gauntlet.observe.series import Sample, Selector

CUMULATIVE, DELTA = 2, "AGGREGATION_TEMPORALITY_DELTA"


def attributes(**labels):
    kinds = {bool: "boolValue", int: "intValue", str: "stringValue"}
    return [{"key": key.replace("__", "."), "value": {kinds[type(v)]: v}} for key, v in labels.items()]


def document(*metrics, **resource):
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": attributes(**resource)},
                "scopeMetrics": [{"scope": {"name": "s"}, "metrics": list(metrics)}],
            }
        ]
    }


def counter(name, value, temporality=CUMULATIVE, **labels):
    point = {"attributes": attributes(**labels), **value}
    return {"name": name, "sum": {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": [point]}}


def total(*documents):
    totals = Totals()
    for item in documents:
        totals.take(points_of(item))
    return {(item.name, *sorted(item.labels.items())): item.value for item in totals.samples()}


def test_cumulative_replaces_and_delta_adds():
    pushes = [
        document(counter("a.total", {"asInt": value}, CUMULATIVE), counter("b", {"asDouble": 1.5}, DELTA))
        for value in ("3", "7")
    ]
    assert total(*pushes) == {("a_total",): 7.0, ("b",): 3.0}


def test_labels_of_point_and_resource():
    pushed = document(counter("a", {"asInt": "1"}, http__status=401, ok=True), service__name="g")
    assert total(pushed) == {("a", ("http_status", "401"), ("ok", "true"), ("service_name", "g")): 1.0}


def test_instances_are_added_up():
    pushes = [document(counter("a", {"asInt": "2"}), instance=name) for name in ("one", "two", "two")]
    totals = Totals()
    for item in pushes:
        totals.take(points_of(item))
    assert Selector.parse("a").total(totals.samples()) == 4.0


def test_histogram_summary_gauge():
    spread = {"count": "5", "sum": 7.5, "bucketCounts": ["1", "3", "1"], "explicitBounds": [0.5, 2]}
    quantiles = {"count": 2, "sum": 3, "quantileValues": [{"quantile": 0.5, "value": 1.5}]}
    found = total(
        document(
            {"name": "h", "histogram": {"aggregationTemporality": DELTA, "dataPoints": [spread]}},
            {"name": "e", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [{"count": "4"}]}},
            {"name": "q", "summary": {"dataPoints": [quantiles]}},
            {"name": "g", "gauge": {"dataPoints": [{"asDouble": -1.0}, {"flags": 1, "attributes": attributes(x="y")}]}},
        )
    )
    assert found == {
        ("h_count",): 5.0,
        ("h_sum",): 7.5,
        ("h_bucket", ("le", "0.5")): 1.0,
        ("h_bucket", ("le", "2")): 4.0,
        ("h_bucket", ("le", "+Inf")): 5.0,
        ("e_count",): 4.0,
        ("q_count",): 2.0,
        ("q_sum",): 3.0,
        ("q", ("quantile", "0.5")): 1.5,
        ("g",): -1.0,
    }


def test_exposition_is_read_back():
    samples = [Sample("a", {"x": 'q"\\\n', "le": "+Inf"}, 2.0), Sample("b", {}, 0.1)]
    assert MetricsReader(None).parsed("text/plain", exposition(samples)) == samples


@pytest.fixture
def receiver():
    opened = OtlpReceiver(0.05)
    yield opened
    opened.close()


def push(receiver, content, media_type="application/json", path="/v1/metrics", **headers):
    return httpx.post(
        f"{receiver.url}{path}", content=content, headers={"Content-Type": media_type, **headers}, trust_env=False
    )


@pytest.fixture
def pushing(receiver):
    """Push growing numbers, a second instance beside it, until the test ends."""
    ended = threading.Event()

    def keep_on():
        number = 0
        while not ended.wait(0.02):
            number += 1
            plain = orjson.dumps(document(counter("a", {"asInt": str(number)})))
            push(receiver, gzip.compress(plain), **{"Content-Encoding": "gzip"})
            push(receiver, plain, path="/second/v1/metrics")

    thread = threading.Thread(target=keep_on)
    thread.start()
    yield receiver
    ended.set()
    thread.join()


def test_a_reading_waits_for_what_is_fresh(pushing):
    reader = MetricsReader(pushing.url, pushing)
    values = [reader.readings()[0].value for _ in range(3)]
    assert all(later >= earlier + 2 for earlier, later in itertools.pairwise(values))


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ({"content": b"\x0a\x00", "media_type": "application/x-protobuf"}, 415, JSON_ONLY),
        ({"content": b"{}"}, 400, "no ExportMetricsServiceRequest"),
        ({"content": b"nonsense"}, 400, "no ExportMetricsServiceRequest"),
        ({"content": b"x", "Content-Encoding": "gzip"}, 400, "not gzip"),
        ({"content": b"{}", "path": "/v1/traces"}, 404, "only /v1/metrics is served"),
        ({"content": b""}, 411, "Content-Length"),
    ],
)
def test_refusals(receiver, arguments, status, text):
    answer = push(receiver, **arguments)
    assert (answer.status_code, text in answer.json()["message"]) == (status, True)


def test_nothing_pushed_is_a_failure_that_says_why(receiver, monkeypatch):
    monkeypatch.setattr("gauntlet.observe.otlp_receiver.PATIENCE_S", 0.05)
    push(receiver, b"x", "application/x-protobuf")
    started = time.monotonic()
    with pytest.raises(CheckFailed) as failure:
        receiver.exposition()
    assert failure.value.actual == JSON_ONLY
    assert time.monotonic() - started < 2


def test_taken_address(receiver):
    with pytest.raises(SetupError, match="not to be had"):
        OtlpReceiver(1.0, receiver.url.removeprefix("http://"))
