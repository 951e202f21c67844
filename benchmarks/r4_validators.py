"""Score and speed of our R4 rules beside fhir.resources R4B on the corpus of tests/synthetic/r4.

    .venv/bin/python benchmarks/r4_validators.py [fhir.schema.json]

With the JSON Schema of R4 (hl7.fhir.r4.core, package/openapi/fhir.schema.json), the score of jsonschema-rs beside them.
A case counts when the validator accepts a valid resource or refuses an invalid one. Times are the median over
rounds of the mean microseconds of CPU time per accepted resource, both validators taking turns in one process; the last
row is the median over all resources of ten charts, in the mix charts have.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
from fhir.resources.R4B import get_fhir_model_class

from synthetic.population import Population
from synthetic.r4.rules import problems
from synthetic.r4.us_core import us_core_problems

CORPUS = Path(__file__).parents[1] / "tests" / "synthetic" / "r4" / "corpus"
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


def by_schema(file: Path) -> Accepts:
    """The verdict of R4's own JSON Schema."""
    validator = jsonschema_rs.validator_for(json.loads(file.read_text()))
    return lambda resource: validator.is_valid(json.loads(json.dumps(resource, default=float)))


def corpus(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((CORPUS / name).read_text(), parse_float=Decimal)
    return cases


def ours_with_us_core(resource: Any) -> bool:
    return not us_core_problems(resource)


def print_score(name: str, accepts: Accepts, cases: list[dict[str, Any]]) -> None:
    wrong = [case for case in cases if accepts(case["resource"]) == ("rule" in case)]
    lenient = sum("rule" in case for case in wrong)
    print(
        f"{name:20} {len(cases) - len(wrong)}/{len(cases)} right, "
        f"{lenient} invalid accepted, {len(wrong) - lenient} valid refused"
    )
    rules = sorted({case.get("rule", "valid: " + case["about"]) for case in wrong})
    print(f"    misjudged: {', '.join(rules) or 'none'}")


def microseconds(accepts: Accepts, resources: list[Any]) -> float:
    start = time.process_time()
    for resource in resources:
        accepts(resource)
    return (time.process_time() - start) / len(resources) * 1e6


def print_times() -> None:
    population = Population(seed=1, size=CHARTS)
    charts = [resource for index in range(CHARTS) for resource in population.chart(index).resources]
    validators = (ours, ours_with_us_core, theirs)
    print(f"{'us per resource':20} {'ours':>8} {'+US Core':>9} {'R4B':>8}  R4B/ours")
    for kind in sorted({resource.type for resource in charts}):
        bodies = [resource.body for resource in charts if resource.type == kind]
        rounds = [[microseconds(accepts, bodies) for accepts in validators] for _ in range(ROUNDS)]
        print_row(kind, [statistics.median(column) for column in zip(*rounds, strict=True)])
    print_row("median resource", [median_resource(accepts, charts) for accepts in validators])


def print_row(name: str, times: list[float]) -> None:
    mine, profiled, other = times
    print(f"{name:20} {mine:8.1f} {profiled:9.1f} {other:8.1f}  {other / mine:8.1f}")


def median_resource(accepts: Accepts, charts: list[Any]) -> float:
    """Median over all resources of the charts, each timed alone, the quickest of a few tries."""
    tries = [[microseconds(accepts, [resource.body]) for resource in charts] for _ in range(ROUNDS)]
    return statistics.median(min(times) for times in zip(*tries, strict=True))


def main() -> None:
    base, us_core = corpus("base.json") + corpus("newer_types.json"), corpus("us_core.json")
    others = {"fhir.resources R4B": theirs}
    if sys.argv[1:]:
        others["jsonschema-rs"] = by_schema(Path(sys.argv[1]))
    for title, mine, cases in (("R4", ours, base), ("US Core 6.1.0", ours_with_us_core, us_core)):
        print(f"{title}, {len(cases)} cases")
        for name, accepts in {"ours": mine, **others}.items():
            print_score(name, accepts, cases)
    print_times()


if __name__ == "__main__":
    main()
