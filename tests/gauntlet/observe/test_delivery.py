"""Trail and metrics in every way in which they can be delivered: runs of an honest gateway and of a wrong one."""

import pytest

from gauntlet.run import Request, carry_out
from gauntlet.verdict import Verdict
from tests.observing import target_with

TRAIL = "audit/test_trail.py::"
ACCESS, REFUSALS = f"{TRAIL}test_every_access_has_one_record", f"{TRAIL}test_refusals_are_recorded"
FIELDS, CORRELATION = f"{TRAIL}test_records_say_who_and_what", f"{TRAIL}test_correlation_id"
DENIALS = "observability/test_counters.py::test_denials_are_counted"

# way = (the defect, the check that it must trip)
TRIPPED = {
    "http": ("audit-skips-searches", ACCESS),
    "audit-events": ("audit-lacks-patient", FIELDS),
    "syslog-tcp": ("drops-correlation-id", CORRELATION),
    "syslog-udp": ("audit-skips-refusals", REFUSALS),
    "otlp": ("denials-uncounted", DENIALS),
}


def verdicts(tmp_path, way, only, defect=""):
    request = Request(target=target_with(tmp_path, way), out=tmp_path, only=only, whole=True, defect=defect)
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
