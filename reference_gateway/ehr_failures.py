"""What a consumer is told when the EHR fails: the kinds of failure are told apart, nothing inside is shown."""

from __future__ import annotations

import math

from reference_gateway.ehr_request import EhrFailure
from reference_gateway.refusal import Refusal, unavailable

_DEFAULT_WAIT_S = 2


class FailureMapping:
    """Maps failures of the EHR to refusals: 504 too slow, 502 unreachable or broken, 503 to be tried again later."""

    def refusal(self, failure: EhrFailure, interaction: str = "read") -> Refusal:
        """Return what the consumer is told; after a write whose outcome is unknown, also that."""
        refusal = self.by_kind(failure)
        if interaction in ("create", "update") and failure.reached:
            refusal.text += "; whether the record was written is not known"
        return refusal

    def by_kind(self, failure: EhrFailure) -> Refusal:
        """Return the refusal for a kind of failure."""
        if failure.kind == "timeout":
            return Refusal(504, "timeout", "the EHR did not answer in time", reason="ehr-timeout")
        if failure.kind == "unreachable":
            return Refusal(502, "transient", "the EHR cannot be reached", reason="ehr-unreachable")
        if failure.kind == "broken":
            return Refusal(502, "transient", "the EHR's answer was broken off or unreadable", reason="ehr-broken")
        if failure.kind == "error":
            return Refusal(502, "transient", "the EHR failed to answer", reason="ehr-error")
        return self.later(failure)

    def later(self, failure: EhrFailure) -> Refusal:
        """Return 503 with the wait that the EHR asked for, or a short one."""
        wait = math.ceil(_DEFAULT_WAIT_S if failure.retry_after_s is None else failure.retry_after_s)
        texts = {
            "overloaded": "the EHR is overloaded",
            "open": "the EHR is failing and is left alone for a moment",
            "busy": "the gateway has no free connection to the EHR",
            "no-token": "the gateway has no access to the EHR at the moment",
            "limited": "this type is asked for more often than the EHR bears",
            "rejected": "the EHR refused the gateway's access",
        }
        text = texts.get(failure.kind, "the EHR is not available")
        code = "throttled" if failure.kind in ("overloaded", "busy", "limited") else "transient"
        return unavailable(f"{text}; try again later", wait, reason=f"ehr-{failure.kind}", code=code)


def payload_refusal(what: str, reason: str = "ehr-payload") -> Refusal:
    """Return 502: the EHR answered something that must not be passed on. `what` never quotes the answer."""
    return Refusal(502, "processing", f"the EHR's answer is not usable: {what}", reason=reason)
