"""From how a check ended to its verdict: the place where the gateway's failure and our own trouble are told apart."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gauntlet.errors import CheckFailed, Inconclusive, ProcessLost
from gauntlet.network.errors import NetworkUnreachableError
from gauntlet.process import Ending
from gauntlet.verdict import Verdict, graded

GATEWAY = "gateway"  # role of the process under test


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict of one check with its explanation."""

    verdict: Verdict
    reason: str = ""
    expected: str = ""
    actual: str = ""
    hint: str = ""
    detail: str = ""


def judge(
    error: BaseException | None,
    *,
    level: str,
    ended: Sequence[Ending],
    judged_something: bool,
    suites: Path,
    own: Path | None = None,
) -> Judgement:
    """Return the verdict of a check that ended with `error` (None: it ran to its end).

    `ended` are the lab's processes that ended by themselves meanwhile. A process of ours that is gone, or a gateway
    that somebody else killed, makes the check inconclusive even when it ran to its end; a gateway that ended by
    itself has failed. An assertion counts as the gateway's failure only when the check itself made it, in `suites` or
    in a vendor's `own` checks; any other exception is our error.
    """
    if ended:
        not_its_fault = (item for item in ended if item.role != GATEWAY or item.from_outside)
        return _lost(next(not_its_fault, ended[0]), level)
    if error is None:
        if not judged_something:
            return Judgement(Verdict.INCONCLUSIVE, "the check made no request and measured nothing: it proves nothing")
        return Judgement(graded(failed=False, level=level))
    return _ended_with(error, level, [folder for folder in (suites, own) if folder is not None])


def _lost(ending: Ending, level: str) -> Judgement:
    if ending.role == GATEWAY and not ending.from_outside:
        crash = CheckFailed(
            f"{ending.sentence()} by itself, during this check or since the one before",
            expected="a gateway that keeps running",
            actual=ending.last_lines or "no output",
        )
        return _failed(level, crash)
    return Judgement(Verdict.INCONCLUSIVE, f"{ending.sentence()} in the middle of the run", detail=ending.last_lines)


def _ended_with(error: BaseException, level: str, folders: Sequence[Path]) -> Judgement:
    match error:
        case Inconclusive(reason=reason) | ProcessLost(message=reason):
            return Judgement(Verdict.INCONCLUSIVE, reason)
        case NetworkUnreachableError():
            return Judgement(Verdict.INCONCLUSIVE, str(error))
        case CheckFailed():
            return _failed(level, error)
        case AssertionError() if any(_raised_in(error, folder) for folder in folders):
            failure = CheckFailed(str(error).partition("\n")[0] or "assertion failed", actual=str(error))
            return _failed(level, failure)
    detail = "".join(traceback.format_exception(error))
    return Judgement(Verdict.ERROR, f"{type(error).__name__}: {error}".partition("\n")[0], detail=detail[-6000:])


def _failed(level: str, failure: CheckFailed) -> Judgement:
    return Judgement(graded(failed=True, level=level), failure.reason, failure.expected, failure.actual, failure.hint)


def _raised_in(error: BaseException, folder: Path) -> bool:
    """Return whether `error` was raised by a line of a file inside `folder`."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).resolve().is_relative_to(folder.resolve())
