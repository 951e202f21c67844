"""An EHR whose answers break the contract: what is provoked, and that the gateway counts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gauntlet.answer import Answer
from gauntlet.ehr import Ehr
from gauntlet.observe.movement import Movement

METRIC = "schema_failures"


def answer_to_drift(ehr: Ehr, spec: Mapping[str, Any], ask: Callable[[], Answer]) -> tuple[Answer, int]:
    """Ask while the EHR's answers drift; return the gateway's answer and how many of the EHR's had drifted.

    Raises Inconclusive when none had.
    """
    with ehr.fault(spec) as armed:
        answer = ask()
        ehr.require_applied(armed)
    return answer, armed.applied


def expect_counted(watch: Movement | None, drifted: int, *, or_more: bool = False) -> None:
    """Pass when each drifted answer was counted, or where no metrics are claimed (`watch` is None).

    `or_more`: an answer holds several records, and each may count. Raises CheckFailed.
    """
    if watch is not None:
        watch.expect(METRIC, drifted, f"{drifted} answers that break the contract", or_more=or_more)
