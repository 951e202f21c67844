from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from gauntlet import places
from gauntlet.second_ehr import PROXY, claim_of, connect, second_ehr, seed_of, values_of
from gauntlet.target import read_target
from gauntlet.target_resilience import SecondEhrClaim
from synthetic.population import Population


class Upstream:
    """What the lab knows of a vendor."""

    probe_path = "/metadata"

    def __init__(self):
        self.registered = []

    def register(self, control):
        self.registered.append(control)

    def values(self, address):
        return {"ehr.base_url": f"{address}/R4", "ehr.token_url": f"{address}/token", "ehr.client_id": "gateway"}


@dataclass(frozen=True)
class App:
    """A consumer."""

    base_url: str
    standing: dict


def bundled(name):
    return read_target(places.bundled("targets") / f"{name}.toml", {})


def test_its_places_are_placeholders_and_access_is_as_at_the_first():
    claim = SecondEhrClaim(headers={"X-Tenant": "second"}, facility="north")
    assert values_of(Upstream(), claim, "http://127.0.0.1:9") == {
        "second_ehr.base_url": "http://127.0.0.1:9/R4",
        "second_ehr.token_url": "http://127.0.0.1:9/token",
        "second_ehr.facility": "north",
    }


def test_its_consumers_reach_it_as_the_claim_says():
    assert claim_of(bundled("reference")) is None
    second = second_ehr(bundled("two-ehrs"), None, {"gateway.root": "http://g"}, seed=7)
    assert second.base_url == "http://g/second/fhir/R4"
    app = second.over(App("http://g/fhir/R4", {"X-Purpose": "TREAT"}))
    assert (app.base_url, app.standing) == ("http://g/second/fhir/R4", {"X-Purpose": "TREAT"})
    assert second.chart(0).id != Population(7, 6000).chart(0).id


def test_other_people_are_at_the_second_ehr():
    assert seed_of(7) != 7


def test_a_claim_that_no_request_can_be_for_is_refused():
    with pytest.raises(ValidationError, match="give base_url, headers or token_claims"):
        SecondEhrClaim(facility="north")


def test_it_is_reached_through_the_network():
    made, called = [], []

    def create_proxy(name, upstream, **options):
        made.append((name, upstream, options))
        return SimpleNamespace(url="http://127.0.0.1:5")

    upstream, control = Upstream(), SimpleNamespace(call=lambda *words: called.append(words))
    network = SimpleNamespace(create_proxy=create_proxy)
    claim = SecondEhrClaim(token_claims={"tenant": "second"}, listen="127.0.0.1:9444")
    assert connect(network, upstream, claim, control, "http://127.0.0.1:8") == "http://127.0.0.1:5"
    assert made == [(PROXY, "127.0.0.1:8", {"probe_path": "/metadata", "listen": "127.0.0.1:9444"})]
    assert called == [("PUT", "/public-url", {"url": "http://127.0.0.1:5"})]
    assert upstream.registered == [control]
