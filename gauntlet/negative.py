"""Negative checks as pairs: a control that must succeed and be seen upstream, then one mutation that must be refused.

A refusal alone proves nothing: a gateway that refuses everything would pass. So the control comes first, and when it
fails the check is inconclusive, whatever the mutation does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gauntlet import expect
from gauntlet.answer import Answer
from gauntlet.ehr import Ehr, Entry
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.steps import CONTROL, MUTATION, step

Send = Callable[[], Answer]


@dataclass(frozen=True)
class NegativePair:
    """Judges control and mutation of one check; `concerns` says which of the EHR's entries may be its doing."""

    ehr: Ehr
    concerns: Callable[[Entry], bool]

    def __call__(
        self,
        control: Send,
        mutation: Send,
        *,
        status: tuple[int, ...],
        upstream_calls: int = 0,
        codes: tuple[str, ...] = (),
        control_reaches_ehr: bool = True,
    ) -> Answer:
        """Send both and return the refusal.

        The mutation must be answered with one of `status`, with an OperationOutcome of one of the issue `codes` if
        any are given, and may cause at most `upstream_calls` data requests at the EHR. Raises Inconclusive when the
        control is not served, or did not reach the EHR although it should have; CheckFailed when the mutation is not
        refused as stated.
        """
        self.require_control(control, control_reaches_ehr)
        mark = self.ehr.mark()
        answer = mutation()
        step(f"{MUTATION} refused with {' or '.join(map(str, status))}")
        seen = self.about_us(self.ehr.calls(since=mark))
        expect.status(answer, *status)
        expect.that(
            len(seen) <= upstream_calls,
            f"{answer.sent} was refused with {answer.status}, but the EHR was asked all the same",
            expected=f"at most {upstream_calls} data requests at the EHR",
            actual=f"{len(seen)}: " + ", ".join(f"{entry['method']} {entry['path']}" for entry in seen[:3]),
        )
        if codes:
            expect.operation_outcome(answer, *codes)
        return answer

    def require_control(self, control: Send, reaches_ehr: bool = True) -> Answer:
        """Send the control and return its answer. Raises Inconclusive unless it succeeds and is seen upstream."""
        mark = self.ehr.mark()
        try:
            answer = control()
        except CheckFailed as failure:
            raise Inconclusive(f"the control request was not served: {failure.reason}") from None
        if not 200 <= answer.status < 300:
            raise Inconclusive(f"the control request {answer.sent} was not served: {answer.brief()}")
        if reaches_ehr and not self.about_us(self.ehr.calls(since=mark)):
            raise Inconclusive(f"the control request {answer.sent} succeeded but never reached the EHR")
        step(CONTROL)
        return answer

    def about_us(self, entries: list[Entry]) -> list[Entry]:
        """Return the entries that may be this check's doing; the rest is background traffic."""
        return [entry for entry in entries if self.concerns(entry)]
