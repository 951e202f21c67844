"""The second EHR of a lab: a double of its own behind the same gateway, where the target file claims one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gauntlet.consumer import Consumer
from gauntlet.control import Control
from gauntlet.ehr import Ehr
from gauntlet.network.toxiproxy import Network
from gauntlet.placeholder import fill
from gauntlet.target import Target
from gauntlet.target_resilience import SecondEhrClaim
from gauntlet.upstreams import Upstream
from synthetic.population import Chart, Population

ROLE = "mock second EHR"
PROXY = "second-ehr"  # name of the proxy between gateway and second EHR


@dataclass(frozen=True)
class SecondEhr:
    """The second EHR, and how consumers reach it."""

    claim: SecondEhrClaim
    ehr: Ehr
    population: Population  # not that of the first one
    base_url: str

    def chart(self, number: int) -> Chart:
        """Return a chart that this EHR alone holds."""
        return self.population.chart(number)

    def over(self, app: Consumer) -> Consumer:
        """Return the app, made with the claim's `token_claims`, whose requests are for this EHR."""
        return replace(app, base_url=self.base_url, standing={**app.standing, **self.claim.headers})


def claim_of(target: Target) -> SecondEhrClaim | None:
    """Return the claim of a second EHR, None where there is none."""
    resilience = target.file.claims.resilience
    return resilience.second_ehr if resilience else None


def seed_of(seed: int) -> int:
    """Return the seed of the second EHR's population: other people than at the first."""
    return seed + 1


def connect(network: Network, upstream: Upstream, claim: SecondEhrClaim, control: Control, mock_url: str) -> str:
    """Put a proxy in front of the second EHR, register the gateway there, and return its public URL."""
    address = mock_url.removeprefix("http://")
    proxy = network.create_proxy(PROXY, address, probe_path=upstream.probe_path, listen=claim.listen or "127.0.0.1:0")
    control.call("PUT", "/public-url", {"url": proxy.url})
    upstream.register(control)
    return proxy.url


def values_of(upstream: Upstream, claim: SecondEhrClaim, address: str) -> dict[str, str]:
    """Return the placeholders of the second EHR: its places only, for access is as at the first."""
    places = ("base_url", "origin", "host", "port", "path", "token_url")
    known = upstream.values(address)
    found = {f"second_ehr.{name}": known[f"ehr.{name}"] for name in places if f"ehr.{name}" in known}
    return {**found, "second_ehr.facility": claim.facility}


def second_ehr(target: Target, control: Control, values: Mapping[str, str], seed: int) -> SecondEhr:
    """Return the second EHR of a lab whose placeholders are known."""
    claim = claim_of(target)
    assert claim is not None  # noqa: S101 - callers have looked
    population = Population(seed_of(seed), target.file.ehr[0].patients)
    return SecondEhr(claim, Ehr(control), population, fill(claim.base_url, values, {}).rstrip("/"))
