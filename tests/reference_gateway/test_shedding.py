"""What gives way while the EHR is busy."""

import pytest

from reference_gateway.exchange import Target
from reference_gateway.refusal import Refusal
from reference_gateway.shedding import Shedding


@pytest.mark.parametrize(
    ("resource_type", "waiting", "refused"),
    [("Appointment", 3, True), ("Appointment", 2, False), ("Patient", 300, False), (None, 300, False)],
)
def test_what_gives_way(resource_type, waiting, refused):
    shed = []
    shedding = Shedding(["Appointment"], 3, lambda: waiting, shed.append)
    target = Target("read", resource_type, "x")
    if not refused:
        shedding.check(target)
        assert not shed
        return
    with pytest.raises(Refusal) as refusal:
        shedding.check(target)
    assert (refusal.value.status, shed) == (503, [resource_type])
    assert int(refusal.value.headers["Retry-After"]) > 0
