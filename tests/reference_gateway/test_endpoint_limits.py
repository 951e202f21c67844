"""Limits of single types at the EHR, with a clock that the test holds."""

from types import SimpleNamespace

import pytest

from reference_gateway.buckets import Size
from reference_gateway.clock import Clock
from reference_gateway.composition import Parts
from reference_gateway.defects import parts_with
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.endpoint_limits import read_endpoint_limits


class Moment:
    now = 0.0


@pytest.fixture
def limits():
    Moment.now = 0.0

    def made(defect=""):
        parts = parts_with(defect) if defect else Parts()
        return parts.endpoint_limits({"Encounter": Size(3, 2.0)}, Clock(monotonic=lambda: Moment.now))

    return made


def passed(limits, name="Encounter", times=9, lane="batch"):
    count = 0
    for _ in range(times):
        try:
            limits.take(SimpleNamespace(resource_type=name, lane=lane))
        except EhrFailure:
            continue
        count += 1
    return count


def test_a_type_has_its_burst_and_then_its_rate(limits):
    limits = limits()
    assert passed(limits) == 3
    Moment.now += 1
    assert passed(limits) == 2
    assert passed(limits, "Patient") == 9


def test_a_refusal_says_when_to_come_back(limits):
    limits = limits()
    passed(limits, times=3)
    with pytest.raises(EhrFailure) as caught:
        limits.take(SimpleNamespace(resource_type="Encounter", lane="batch"))
    assert (caught.value.kind, caught.value.reached, caught.value.retry_after_s) == ("limited", False, 0.5)
    refusal = FailureMapping().refusal(caught.value)
    assert (refusal.status, refusal.code, refusal.headers["Retry-After"]) == (503, "throttled", "1")


@pytest.mark.parametrize(
    ("defect", "batch", "interactive", "other"),
    [
        ("", 3, 0, 9),
        ("no-endpoint-limit", 9, 9, 9),
        ("endpoint-limit-per-lane", 3, 3, 9),
        ("one-endpoint-limit-for-all", 3, 0, 0),
    ],
)
def test_who_shares_a_bucket(limits, defect, batch, interactive, other):
    limits = limits(defect)
    assert passed(limits) == batch
    assert passed(limits, lane="interactive") == interactive
    assert passed(limits, "Patient") == other


def test_settings_are_read_by_type():
    assert read_endpoint_limits("Encounter=20/60, Patient=0.5/1") == {
        "Encounter": Size(60, 20),
        "Patient": Size(1, 0.5),
    }


@pytest.mark.parametrize("text", ["Visit=1/1", "Encounter", "Encounter=1", "Encounter=a/b", "Encounter=1/0", ""])
def test_wrong_settings_are_told(text):
    with pytest.raises(ValueError, match="Encounter"):
        read_endpoint_limits(text)
