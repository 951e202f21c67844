"""Network faults on the path between gateway and EHR, and between consumers and gateway."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from gauntlet.errors import Inconclusive
from gauntlet.lab import EHR_PROXY
from gauntlet.shaky import ShakyConsumerNetwork, ShakyNetwork
from tests.gauntlet.samples import consumer


class Fault:
    """A fault whose proof a test decides."""

    name, evidence = "latency", "answered at once"

    def __init__(self, felt):
        self.felt = felt

    def proven(self):
        return self.felt


class Lab:
    """A lab whose network keeps what was asked of it."""

    def __init__(self, felt=True):
        self.asked, self.felt, self.network = [], felt, self

    @contextmanager
    def fault(self, proxy, toxic, **attributes):
        self.asked.append((proxy, toxic, attributes))
        yield Fault(self.felt)
        self.asked.append("ended")

    @contextmanager
    def down(self, proxy):
        self.asked.append((proxy, "down"))
        yield Fault(self.felt)

    def consumer_proxy(self):
        self.asked.append("consumer proxy")
        return SimpleNamespace(name="consumer", listen="127.0.0.1:999")


def network(lab, kind=ShakyNetwork):
    running = SimpleNamespace(network_faults=[])
    return kind(lab, running), running


def test_fault_for_a_block():
    lab = Lab()
    shaky, running = network(lab)
    with shaky.fault("latency", stream="upstream", latency=300) as fault:
        assert running.network_faults == [fault]
    assert lab.asked == [(EHR_PROXY, "latency", {"stream": "upstream", "latency": 300}), "ended"]


@pytest.mark.parametrize("way", ["fault", "down"])
def test_a_fault_that_nobody_feels_proves_nothing(way):
    shaky, running = network(Lab(felt=False))
    fault = shaky.fault("latency", latency=1) if way == "fault" else shaky.down()
    with pytest.raises(Inconclusive, match="not felt by a probe: answered at once"), fault:
        pytest.fail("the block runs")
    assert len(running.network_faults) == 1, "it is evidence all the same"


def test_consumers_over_a_path_of_their_own():
    lab, app = Lab(), consumer()
    shaky, _ = network(lab, ShakyConsumerNetwork)
    over = shaky.over(app)
    assert (over.base_url, over.client_id) == ("http://127.0.0.1:999/fhir/R4", app.client_id)
    with shaky.down():
        assert lab.asked[-1] == ("consumer", "down")


def test_the_path_stands_only_when_it_is_used():
    lab = Lab()
    network(lab, ShakyConsumerNetwork)
    assert lab.asked == []
