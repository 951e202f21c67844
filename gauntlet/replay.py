"""One check run again: pure. Whether what was sent, what was done to the EHR, and the verdict are the same.

Ports and tokens of the lab are new in every run, and so are links that a gateway makes up; everything else that a check
sends follows from the seed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gauntlet.result import CheckResult, Exchange, FaultWindow
from gauntlet.verdict import ExitCode, Verdict

_PLACE = re.compile(r"(?i)https?://(?:127\.0\.0\.1|localhost|\[::1\]):\d+|(?:127\.0\.0\.1|localhost):\d+")
_MADE_ANEW = frozenset({"host", "authorization", "content-length", "user-agent", "connection", "accept-encoding"})
# What a gateway made up for one page of one search; ids of records are shorter.
_MADE_UP = re.compile(r"(?=[A-Za-z0-9_~.-]*[0-9])(?=[A-Za-z0-9_~.-]*[A-Za-z])[A-Za-z0-9_~.-]{40,}")
_EVIDENCE_OF_A_PASS = 12  # exchanges that results keep of a passed check, without headers and bodies


class Ending(StrEnum):
    """What a replay found."""

    SAME = "same"
    DIFFERS = "differs"
    IMPOSSIBLE = "cannot be repeated"


_EXIT_CODES = {
    Ending.SAME: ExitCode.CONFORMANT,
    Ending.DIFFERS: ExitCode.NON_CONFORMANT,
    Ending.IMPOSSIBLE: ExitCode.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class Replay:
    """How a replay ended, with the sentences that say why."""

    ending: Ending
    told: list[str]

    @property
    def exit_code(self) -> int:
        """0 same, 1 differs, 3 cannot be repeated."""
        return _EXIT_CODES[self.ending]


def compare(before: CheckResult, after: CheckResult) -> Replay:
    """Compare a check's recorded result with that of its replay."""
    if reason := unrepeatable(before):
        return Replay(Ending.IMPOSSIBLE, [reason])
    if after.verdict is not before.verdict and after.verdict in _SAYS_NOTHING:
        return Replay(Ending.IMPOSSIBLE, [f"this time it was {after.verdict}: {after.reason}"])
    differences = [*_verdicts(before, after), *_requests(before, after), *_scripts(before, after)]
    if differences:
        return Replay(Ending.DIFFERS, differences)
    sent = len(_sent(before))
    told = f"{before.verdict} again; {sent} requests and {len(before.faults)} faults compared"
    return Replay(Ending.SAME, [told, *([f"reason {after.reason}"] if after.reason else [])])


_SAYS_NOTHING = frozenset({Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.NOT_CLAIMED})


def unrepeatable(before: CheckResult) -> str:
    """Return why a recorded result cannot be repeated, or an empty string."""
    if before.verdict is Verdict.NOT_CLAIMED:
        return f"it was not run: {before.reason}"
    if not (before.exchanges or before.measured):
        return f"it left nothing to compare: {before.reason or before.verdict}"
    return ""


def _verdicts(before: CheckResult, after: CheckResult) -> list[str]:
    was, is_now = before.verdict, after.verdict
    if was is is_now or (was is Verdict.WAIVED and is_now in (Verdict.FAIL, Verdict.WARN)):
        return []
    return [f"the verdict was {was} ({before.reason or '-'}), now it is {is_now} ({after.reason or '-'})"]


def _requests(before: CheckResult, after: CheckResult) -> list[str]:
    """Compare what consumers sent; requests sent at once may be recorded in another order."""
    brief = Verdict.PASS in (before.verdict, after.verdict)
    old, new = (_written(item, brief) for item in (before, after))
    if _is_cut(before) or _is_cut(after):
        shorter = min(len(old), len(new))
        old, new = old[:shorter], new[:shorter]
    if sorted(old) == sorted(new):
        return []
    if len(old) != len(new):
        return [f"{len(old)} requests were sent, now {len(new)}"]
    place = next(number for number, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1])
    return [f"request {place + 1} was {old[place]!r}, now it is {new[place]!r}"]


def _is_cut(check: CheckResult) -> bool:
    return check.verdict is Verdict.PASS and len(check.exchanges) >= _EVIDENCE_OF_A_PASS


def _sent(check: CheckResult) -> list[Exchange]:
    return [item for item in check.exchanges if item.side == "consumer"]


def _written(check: CheckResult, brief: bool) -> list[str]:
    return [request_text(item, brief) for item in _sent(check)]


def request_text(exchange: Exchange, brief: bool = False) -> str:
    """Return a request as text in which the lab's places are named alike in every run; `brief` is the first line."""
    first = f"{exchange.method} {neutral(exchange.url)}"[:2000]
    if brief:
        return first
    headers = sorted(
        f"{name.lower()}: {neutral(value)}"
        for name, value in exchange.request_headers.items()
        if name.lower() not in _MADE_ANEW
    )
    return "\n".join([first, *headers, "", neutral(exchange.request_body)])


def neutral(text: str) -> str:
    """Return `text` with every address on loopback, and what a gateway makes up for its links, replaced by a name."""
    return _MADE_UP.sub("{link}", _PLACE.sub("{lab}", text))


def _scripts(before: CheckResult, after: CheckResult) -> list[str]:
    old, new = (_armed(item.faults) for item in (before, after))
    missing, extra = sorted(set(old) - set(new)), sorted(set(new) - set(old))
    told = [f"the fault {name} was armed as {neutral(text)[:300]}, now it was not" for name, text in missing]
    return told + [f"the fault {name} is armed as {neutral(text)[:300]}, which it was not" for name, text in extra]


def _armed(faults: Iterable[FaultWindow]) -> Sequence[tuple[str, str]]:
    return [(fault.name, neutral(fault.definition)) for fault in faults]
