import contextlib
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.observe.metrics import MetricsReader
from tests.gauntlet.wire import answer, serving

TEXT = b"""# HELP requests_total Requests
# TYPE requests_total counter
requests_total{status="200",path="/a"} 3
requests_total{path="/b",status="500"} 1e2
up 1
"""


def test_samples():
    with serving(answer("200 OK", TEXT)) as server:
        assert MetricsReader(server.url).samples() == {
            'requests_total{path="/a",status="200"}': 3.0,
            'requests_total{path="/b",status="500"}': 100.0,
            "up": 1.0,
        }


OPENMETRICS = b"""# TYPE requests counter
requests_total{status="200"} 3.0 # {trace_id="a"} 1.0
# TYPE size histogram
size_bucket{le="+Inf"} 2
size_count 2
size_sum 70.5
# EOF
"""


def test_openmetrics():
    typed = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"
    with serving(answer("200 OK", OPENMETRICS, typed)) as server:
        samples = MetricsReader(server.url).samples()
    assert samples['requests_total{status="200"}'] == 3
    assert samples["size_sum"] == 70.5


def test_openmetrics_without_its_end_is_broken():
    typed = "Content-Type: application/openmetrics-text"
    with serving(answer("200 OK", b"up 1\n", typed)) as server, pytest.raises(CheckFailed, match="OpenMetrics"):
        MetricsReader(server.url).readings()


def test_no_url_proves_nothing():
    with pytest.raises(Inconclusive, match=r"\[observe\] metrics"):
        MetricsReader(None).text()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (answer("404 Not Found"), "answered with 404"),
        (answer("302 Found", b"", "Location: /x"), "answered with 302"),
        (answer("200 OK", b"no gzip", "Content-Encoding: gzip"), "not served"),
        (b"nonsense\r\n\r\n", "not served"),
        (answer("200 OK", b"<html>"), "not in Prometheus text format"),
        (answer("200 OK", b"Y,,\\{, =Y}b"), "not in Prometheus text format"),
    ],
)
def test_what_cannot_be_read_is_the_gateways_failure(sent, reason):
    with serving(sent) as server, pytest.raises(CheckFailed, match=reason):
        MetricsReader(server.url).samples()


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/metrics"
    with pytest.raises(CheckFailed, match="not served"):
        MetricsReader(url).text()


@given(st.text('ab{}"=\\, 1#TYPE\n.', max_size=30))
def test_any_text_is_read_or_refused(text):
    class Fixed(MetricsReader):
        def exposition(self):
            return "text/plain", text

    with contextlib.suppress(CheckFailed):
        Fixed("http://g").samples()
