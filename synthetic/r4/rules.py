"""FHIR R4 validation: `problems(resource)` lists every broken rule of any resource of FHIR 4.0.1.

Covered: known and required elements, repetition, choice types, primitive formats, primitive extensions,
required value sets, reference targets, contained resources, narratives, the invariants in
`synthetic.r4.invariants`. Only errors are reported: a string of white space passes, R4 says SHOULD there.
Not covered: rules that need the whole server, extensible and preferred value sets, the value sets of MIME
types and UCUM units.
"""

import functools
from typing import Any

from synthetic.r4.definitions import definitions
from synthetic.r4.problem import Problem, under
from synthetic.r4.rulebook import Rulebook

__all__ = ["Problem", "problems"]


@functools.cache
def rulebook() -> Rulebook:
    """The rulebook of the definitions that travel with this package."""
    return Rulebook(definitions())


def problems(resource: Any) -> list[Problem]:
    """List what is wrong with `resource` by the rules of FHIR R4; an empty list means valid.

    `resource` is parsed JSON; fractions may be float or decimal.Decimal. What is not a resource at all is a
    problem, not an error. Paths start with the type and use JSON names: `Bundle.entry[0].resource.id`.
    Source: http://hl7.org/fhir/R4/validation.html and the StructureDefinitions of hl7.fhir.r4.core#4.0.1.
    """
    name = resource.get("resourceType") if isinstance(resource, dict) else None
    start = name if isinstance(name, str) else "Resource"
    try:
        return under(start, rulebook().resource(resource, {}))
    except RecursionError:
        return [Problem(start, "depth", "nested too deeply to be checked")]
