"""Score and speed of our R4 rules beside fhir.resources R4B on the corpus of tests/synthetic/r4.

    .venv/bin/python benchmarks/r4_validators.py

A case counts when the validator accepts a valid resource or refuses an invalid one. Times are the median over
rounds of the mean microseconds per accepted resource, both validators taking turns in one process.
"""

import json
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from synthetic.population import Population
from synthetic.r4.rules import problems

CORPUS = Path(__file__).parents[1] / "tests" / "synthetic" / "r4" / "corpus" / "base.json"
ROUNDS = 9
CHARTS = 10

Accepts = Callable[[Any], bool]


def ours(resource: Any) -> bool:
    return not problems(resource)


def theirs(resource: Any) -> bool:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except (ValueError, KeyError, LookupError):
        return False
    return True


def score(accepts: Accepts, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cases that the validator judges wrongly."""
    return [case for case in cases if accepts(case["resource"]) == ("rule" in case)]


def microseconds(accepts: Accepts, resources: list[Any]) -> float:
    start = time.perf_counter()
    for resource in resources:
        accepts(resource)
    return (time.perf_counter() - start) / len(resources) * 1e6


def main() -> None:
    cases = json.loads(CORPUS.read_text(), parse_float=Decimal)
    for name, accepts in (("ours", ours), ("fhir.resources R4B", theirs)):
        wrong = score(accepts, cases)
        lenient = sum("rule" in case for case in wrong)
        print(
            f"{name:20} {len(cases) - len(wrong)}/{len(cases)} right, "
            f"{lenient} invalid accepted, {len(wrong) - lenient} valid refused"
        )
        rules = sorted({case.get("rule", "valid: " + case["about"]) for case in wrong})
        print(f"    misjudged: {', '.join(rules) or 'none'}")
    charts = [
        resource
        for index in range(CHARTS)
        for resource in Population(seed=1, size=CHARTS).chart(index).resources
    ]
    for kind in sorted({resource.type for resource in charts}):
        bodies = [resource.body for resource in charts if resource.type == kind]
        rounds = [(microseconds(ours, bodies), microseconds(theirs, bodies)) for _ in range(ROUNDS)]
        mine, other = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"{kind:20} ours {mine:6.1f} us   fhir.resources R4B {other:7.1f} us   {other / mine:4.1f} times"
        )


if __name__ == "__main__":
    main()
