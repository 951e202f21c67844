"""Trail and metrics in every way in which they can be delivered: runs of an honest gateway and of a wrong one."""

import pytest

from gauntlet.run import Request, carry_out
from gauntlet.verdict import Verdict
from tests.observing import target_with

TRAIL = "audit/test_trail.py::"
ACCESS, REFUSALS = f"{TRAIL}test_every_access_has_one_record", f"{TRAIL}test_refusals_are_recorded"
FIELDS, CORRELATION = f"{TRAIL}test_records_say_who_and_what", f"{TRAIL}test_correlation_id"
SPANS = "privacy/test_leaks.py::test_traces_hold_no_patient_data"
DENIALS = "observability/test_counters.py::test_denials_are_counted"

# way = (the defect, the check that it must trip)
TRIPPED = {
    "http": ("audit-skips-searches", ACCESS),
    "audit-events": ("audit-lacks-patient", FIELDS),
    "syslog-tcp": ("drops-correlation-id", CORRELATION),
    "syslog-udp": ("audit-skips-refusals", REFUSALS),
    "otlp": ("denials-uncounted", DENIALS),
}

SINK = "audit/test_sink_failure.py::test_trail_cannot_be_written"
KILLED = "audit/test_loss.py::test_nothing_is_lost_when_killed"
COMMAND = '"-P", "-m", "reference_gateway"'
FORGETFUL = """
import asyncio, os, sys
from dataclasses import replace
from reference_gateway.audit_syslog import SyslogForwarder
from reference_gateway.composition import Parts
from reference_gateway.serve import serve

class Forgetful(SyslogForwarder):
    async def send(self, messages):
        try:
            await super().send(messages)
        except OSError:
            pass

sys.exit(asyncio.run(serve(replace(Parts(), audit_forwarder=Forgetful), os.environ)))
"""


def verdicts(tmp_path, way, only, defect="", forgetful=False):
    target = target_with(tmp_path, way)
    if forgetful:
        (tmp_path / "forgetful.py").write_text(FORGETFUL, encoding="utf-8")
        text = target.read_text(encoding="utf-8").replace(COMMAND, '"-P", "{target_dir}/forgetful.py"', 1)
        target.write_text(text, encoding="utf-8")
    request = Request(target=target, out=tmp_path, only=only, whole=True, defect=defect)
    result, _ = carry_out(request, lambda *_: None)
    return {check.check: check.verdict for check in result.checks}


@pytest.mark.parametrize("way", TRIPPED)
def test_honest_gateway_passes(tmp_path, way):
    only = (DENIALS,) if way == "otlp" else ("AUD-01", "AUD-02", "AUD-03")
    found = verdicts(tmp_path, way, only)
    assert {Verdict.PASS} <= set(found.values()) <= {Verdict.PASS, Verdict.NOT_CLAIMED}
    assert TRIPPED[way][1] in found


@pytest.mark.parametrize("way", TRIPPED)
def test_wrong_gateway_fails(tmp_path, way):
    defect, check = TRIPPED[way]
    assert verdicts(tmp_path, way, (check,), defect) == {check: Verdict.FAIL}


@pytest.mark.parametrize(
    ("way", "forgetful", "verdict"),
    [
        ("http", False, Verdict.PASS),
        ("syslog-tcp", False, Verdict.PASS),
        ("syslog-tcp", True, Verdict.FAIL),
        ("syslog-udp", False, Verdict.INCONCLUSIVE),  # it cannot notice, so it cannot be blamed
    ],
)
def test_a_sink_that_fails(tmp_path, way, forgetful, verdict):
    assert verdicts(tmp_path, way, (SINK,), forgetful=forgetful) == {SINK: verdict}


@pytest.mark.parametrize(("defect", "verdict"), [("", Verdict.PASS), ("names-patients-in-spans", Verdict.FAIL)])
def test_spans_beside_metrics(tmp_path, defect, verdict):
    assert verdicts(tmp_path, "otlp", (SPANS,), defect) == {SPANS: verdict}


def test_what_a_killed_gateway_had_not_sent_yet_comes_when_it_is_back(tmp_path):
    assert verdicts(tmp_path, "syslog-tcp", (KILLED,)) == {KILLED: Verdict.PASS}
