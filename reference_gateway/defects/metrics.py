"""Defects in what metrics count (OBS)."""

from __future__ import annotations

from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter

from reference_gateway.creates import Creates
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json
from reference_gateway.metrics import Metrics
from reference_gateway.payloads import Payloads
from reference_gateway.refusal import Refusal
from reference_gateway.searches import Searches


class CountsEveryTokenAsGood(Gateway):
    """Counts a token before it is judged."""

    async def identify(self, exchange: Exchange) -> None:
        """Find out who asks, and count that as a success. Raises Refusal."""
        self.steps.metrics.authentication.labels("accepted").inc()
        exchange.caller = await self.steps.authentication.caller(exchange.request)


class DenialsUncounted(Gateway):
    """Counts no refusals by scope."""

    def refused(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """Return the answer of a refusal, counted under another reason."""
        if refusal.reason == "insufficient-scope":
            refusal.reason = "forbidden"
        return super().refused(exchange, refusal)


class ThrottledUncounted(Gateway):
    """Counts no refusals by rate."""

    def refused(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """Return the answer of a refusal, counted under another reason."""
        if refusal.reason == "throttled":
            refusal.reason = "limit"
        return super().refused(exchange, refusal)


class LatencyInMilliseconds(Metrics):
    """Measures in another unit than its metric's name says."""

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Count one answered request."""
        super().served(exchange, status, seconds * 1000)


class TimeoutsCountedOnce(Metrics):
    """Counts the timeouts of first attempts."""

    def __init__(self, known_clients: Collection[str], facility: str = "") -> None:
        super().__init__(known_clients, facility)
        self.counted = ""

    def attempted(self, request: EhrRequest, outcome: str) -> None:
        """Count one attempt, as a timeout only when it is the first one of its request."""
        seen, self.counted = self.counted, request.correlation_id
        super().attempted(request, "broken" if outcome == "timeout" and seen == self.counted else outcome)


class AttemptsCountedOnce(Metrics):
    """Counts what the EHR answered, as if repeats cost nothing."""

    def attempted(self, request: EhrRequest, outcome: str) -> None:
        """Count one attempt that was answered."""
        if outcome == "answered":
            super().attempted(request, outcome)


class PayloadWithoutSearches(Searches):
    """Measures reads only."""

    def answer(self, bundle: Json) -> Answer:
        """Return the answer that carries a searchset, unmeasured."""
        self.delivered = lambda _size: None
        return super().answer(bundle)


class SchemaFailuresUncounted(Payloads):
    """Refuses broken payloads without telling anybody."""

    def violated(self, name: str) -> None:
        """Forget it."""

    def __init__(self, *_: object) -> None:
        pass


class MetricsWithoutClient(Metrics):
    """Does not tell applications apart."""

    def client(self, client_id: str) -> str:  # noqa: ARG002 - the honest signature
        """Return one label for all."""
        return "any"


class MetricsWithoutType(Metrics):
    """Does not tell endpoints apart."""

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Count one answered request under its interaction alone."""
        interaction = exchange.target.interaction
        self.requests.labels("any", interaction, str(status), self.client(exchange.client_id), self._facility).inc()
        self.latency.labels(interaction).observe(seconds)


class MetricsWithoutFacility(Metrics):
    """Does not tell facilities apart."""

    def __init__(self, known_clients: Collection[str], facility: str = "") -> None:  # noqa: ARG002 - the honest signature
        super().__init__(known_clients, "")


class CountsRefusedWrites(Creates):
    """Counts a write when it is asked for."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Count, then write. Raises Refusal and EhrFailure."""
        wrote, self.wrote = self.wrote, lambda *_: None
        wrote(str(exchange.target.resource_type), False)
        try:
            return await super().serve(exchange)
        finally:
            self.wrote = wrote


class ReplaysCountedAsWrites(Metrics):
    """Counts a repeated write as another one."""

    def wrote(self, resource_type: str, replayed: bool) -> None:  # noqa: ARG002 - the honest signature
        """Count one write."""
        super().wrote(resource_type, False)


class MismatchesUncounted(Metrics):
    """Withholds records of other patients and says nothing."""

    def __init__(self, known_clients: Collection[str], facility: str = "") -> None:
        super().__init__(known_clients, facility)
        self.wrong_patient = Counter("gateway_wrong_patient", "Never shown", registry=CollectorRegistry())


class QueueUnseen(Metrics):
    """Shows an empty queue always."""

    def text(self) -> bytes:
        """Return all metrics in the text format."""
        self.queue.set_function(lambda: 0)
        return super().text()


class BreakerUnseen(Metrics):
    """Shows breakers closed always."""

    def breaker_moved(self, resource_type: str, is_open: bool) -> None:  # noqa: ARG002 - the honest signature
        """Show it closed."""
        super().breaker_moved(resource_type, False)


class TokenFailuresUnseen(Metrics):
    """Shows calls for tokens as granted always."""

    def __init__(self, known_clients: Collection[str], facility: str = "") -> None:
        super().__init__(known_clients, facility)
        self.tokens = Counter(
            "gateway_upstream_token_requests", "Never shown", ["result"], registry=CollectorRegistry()
        )


DEFECTS = (
    swap("counts-every-token-as-good", "OBS-01", "counts refused tokens as accepted", gateway=CountsEveryTokenAsGood),
    swap("denials-uncounted", "OBS-01", "counts no refusals by scope", gateway=DenialsUncounted),
    swap("throttled-uncounted", "OBS-01", "counts no refusals by rate", gateway=ThrottledUncounted),
    swap("latency-in-milliseconds", "OBS-01", "measures seconds in milliseconds", metrics=LatencyInMilliseconds),
    swap("timeouts-counted-once", "OBS-01", "counts first timeouts only", metrics=TimeoutsCountedOnce),
    swap("payload-without-searches", "OBS-01", "does not measure searches", searches=PayloadWithoutSearches),
    swap("schema-failures-uncounted", "OBS-01", "counts no broken payloads", payloads=SchemaFailuresUncounted),
    swap("metrics-without-client", "OBS-02", "does not tell applications apart", metrics=MetricsWithoutClient),
    swap("metrics-without-type", "OBS-02", "does not tell endpoints apart", metrics=MetricsWithoutType),
    swap("metrics-without-facility", "OBS-02", "does not tell facilities apart", metrics=MetricsWithoutFacility),
    swap("counts-refused-writes", "OBS-03", "counts writes that were refused", creates=CountsRefusedWrites),
    swap("mismatches-uncounted", "OBS-03", "counts no answers about others", metrics=MismatchesUncounted),
    swap("queue-unseen", "OBS-06", "shows no queue", metrics=QueueUnseen),
    swap("breaker-unseen", "OBS-06", "shows no open breaker", metrics=BreakerUnseen),
    swap("token-failures-unseen", "OBS-06", "shows no failed renewals", metrics=TokenFailuresUnseen),
    swap("attempts-counted-once", "OBS-07", "does not count repeats at the EHR", metrics=AttemptsCountedOnce),
    swap("replays-counted-as-writes", "OBS-07", "counts repeats as writes", metrics=ReplaysCountedAsWrites),
)
