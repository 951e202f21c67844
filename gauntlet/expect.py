"""Judgements that checks make: each raises CheckFailed with expected and actual told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from gauntlet.answer import Answer
from gauntlet.consumer import FHIR_JSON
from gauntlet.errors import CheckFailed
from gauntlet.steps import judging
from synthetic.r4.rules import problems


@judging
def that(condition: bool, reason: str, *, expected: str, actual: str, hint: str = "") -> None:
    """Fail with `reason` unless `condition` holds."""
    if not condition:
        raise CheckFailed(reason, expected=expected, actual=actual, hint=hint)


@judging
def equal(actual: Any, expected: Any, reason: str) -> None:
    """Fail with `reason` unless both are equal."""
    that(actual == expected, reason, expected=repr(expected), actual=repr(actual))


@judging
def at_most(actual: float, limit: float, reason: str, unit: str = "") -> None:
    """Fail with `reason` when `actual` is above `limit`."""
    that(
        actual <= limit,
        reason,
        expected=f"at most {limit:g} {unit}".strip(),
        actual=f"{actual:g} {unit}".strip(),
    )


@judging
def at_least(actual: float, limit: float, reason: str, unit: str = "") -> None:
    """Fail with `reason` when `actual` is below `limit`."""
    that(
        actual >= limit,
        reason,
        expected=f"at least {limit:g} {unit}".strip(),
        actual=f"{actual:g} {unit}".strip(),
    )


@judging
def status(answer: Answer, *allowed: int) -> Answer:
    """Fail unless the answer has one of the `allowed` status codes; returns the answer."""
    codes = " or ".join(str(code) for code in allowed)
    that(
        answer.status in allowed,
        f"{answer.sent} was answered with {answer.status}, not {codes}",
        expected=f"status {codes}",
        actual=answer.brief(),
    )
    return answer


@judging
def header(answer: Answer, name: str, reason: str) -> str:
    """Fail unless the answer carries the header `name`; returns its value."""
    value = answer.headers.get(name.lower())
    if value is None:
        raise CheckFailed(reason, expected=f"a {name} header", actual=f"headers: {', '.join(sorted(answer.headers))}")
    return value


@judging
def operation_outcome(answer: Answer, *codes: str) -> dict[str, Any]:
    """Fail unless the answer is a valid OperationOutcome as FHIR JSON, with one of the issue `codes` if given."""
    that(
        answer.media_type == FHIR_JSON,
        f"the error answer to {answer.sent} is not FHIR JSON",
        expected=f"content type {FHIR_JSON} with an OperationOutcome",
        actual=answer.brief(),
    )
    outcome = answer.resource("OperationOutcome")
    valid_r4(outcome, f"the OperationOutcome in the answer to {answer.sent}")
    found = [issue["code"] for issue in outcome["issue"]]
    that(
        not codes or bool(set(found) & set(codes)),
        f"the error answer to {answer.sent} does not say what kind of error it is",
        expected=f"issue code {' or '.join(codes)}",
        actual=f"issue code {', '.join(found)}",
    )
    return outcome


@judging
def valid_r4(resource: dict[str, Any], what: str) -> None:
    """Fail, naming path and rule of the first problems, unless `resource` is valid FHIR R4."""
    found = problems(resource)
    that(
        not found,
        f"{what} is not valid FHIR R4",
        expected="no violation of the R4 definitions",
        actual="; ".join(f"{item.path}: {item.message}" for item in found[:5]),
    )


@judging
def same_set(actual: Iterable[str], expected: Collection[str], what: str) -> None:
    """Fail unless both hold the same ids, each once; says what is missing, extra and delivered twice."""
    delivered = list(actual)
    missing = sorted(set(expected) - set(delivered))
    extra = sorted(set(delivered) - set(expected))
    twice = sorted({item for item in delivered if delivered.count(item) > 1})
    that(
        not (missing or extra or twice),
        f"{what} is not the matching set",
        expected=f"{len(expected)} records, each once",
        actual=f"{len(delivered)} records; missing {missing[:5]}, extra {extra[:5]}, delivered twice {twice[:5]}",
    )
