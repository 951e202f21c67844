"""A network fault in force, and its proof: a probe of the harness's own, since Toxiproxy counts nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gauntlet.network.probe import Plan, Sight, look
from gauntlet.network.proof import Proof, Prover, Situation, attempts
from gauntlet.network.provers import PROVERS


@dataclass(frozen=True, slots=True)
class Prospect:
    """A fault that is going to be proven at a proxy: where to look and what should be seen there."""

    address: str  # host:port of the proxy
    probe_path: str
    toxic: str  # or "down"
    stream: str
    toxicity: float
    attributes: Mapping[str, int]

    @property
    def prover(self) -> Prover:
        """The kind of proof."""
        return PROVERS[self.toxic]

    def look(self, plan: Plan) -> Sight:
        """Probe the proxy."""
        return look(self.address, self.probe_path, plan)

    def before(self) -> Sight:
        """Probe the proxy without the fault."""
        return self.look(self.prover.before(self.stream))

    def prove(self, normal: Sight) -> Proof:
        """Probe the proxy under the fault, as often as a toxicity below 1 asks for, and judge."""
        situation = Situation(self.attributes, self.stream, normal)
        plan = self.prover.plan(situation)
        if isinstance(plan, str):
            return Proof(False, f"no probe can show it: {plan}")
        tries = attempts(self.toxicity, self.prover.chance(self.attributes))
        proof = Proof(False, f"a toxicity of {self.toxicity} affects no connection")
        for number in range(1, tries + 1):
            proof = self.prover.judge(situation, self.look(plan))
            if proof.held:
                break
            if tries > 1:
                proof = Proof(False, f"none of {number} probe connections was affected; the last: {proof.evidence}")
        return proof


@dataclass(slots=True)
class NetworkFault:
    """A fault: `definition` is the API's JSON, `started` and `ended` are seconds since the epoch."""

    name: str
    proxy: str
    definition: str
    prospect: Prospect = field(repr=False)
    clock: Callable[[], float] = field(repr=False)
    started: float = 0.0
    ended: float | None = None
    proof: Proof | None = None
    _normal: Sight = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._normal = self.prospect.before()

    def proven(self) -> bool:
        """Return whether the fault took effect on a connection of our own.

        The first call within the fault's block probes, for at most some seconds; later calls repeat its
        result, so it may be asked after the block as well. False says that no proof could be had, and
        `evidence` why.
        """
        if self.proof is None:
            if self.ended is not None:
                self.proof = Proof(False, "the fault ended before it was probed")
            else:
                self.proof = self.prospect.prove(self._normal)
        return self.proof.held

    @property
    def evidence(self) -> str:
        """The sentence that says what the probe saw."""
        return self.proof.evidence if self.proof else "not probed yet"
