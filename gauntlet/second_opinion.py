"""fhir.resources as a second reader of what a gateway delivers: listed for people to read, never a verdict.

The package has no R4; its R4B is the same for the types that charts have (https://pypi.org/project/fhir.resources/).
It is part of the extra `contract`; without it there is no second opinion.
"""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gauntlet.breaches import held_resources
from gauntlet.deliveries import Delivery

OF_EACH_TYPE = 6  # resources read: each takes 6 ms
MOST_REMARKS = 20
_MISSING = (
    "fhir.resources is not installed: no second opinion on what was delivered (pip install 'gauntlet-ehr[contract]')"
)


def second_opinion(deliveries: Iterable[Delivery], valid: Iterable[int]) -> list[str]:
    """Return what fhir.resources (R4B) says against deliveries that our own rules hold valid, as sentences.

    `valid` are the places of those deliveries. At most `OF_EACH_TYPE` resources of a type are looked at.
    """
    if importlib.util.find_spec("fhir.resources") is None:
        return [_MISSING]
    chosen = set(valid)
    read: Counter[str] = Counter()
    remarks: Counter[tuple[str, str]] = Counter()
    for place, delivery in enumerate(deliveries):
        resource = delivery.resource() if place in chosen else None
        for held in held_resources(resource or {"resourceType": "Bundle"}):
            kind = str(held["resourceType"])
            if read[kind] < OF_EACH_TYPE:
                read[kind] += 1
                remarks.update({(kind, remark) for remark in _remarks(kind, held)})
    return [
        f"fhir.resources (R4B), for reading: {kind}: {remark} ({count} of {read[kind]} looked at)"
        for (kind, remark), count in remarks.most_common(MOST_REMARKS)
    ]


def _remarks(kind: str, resource: Mapping[str, Any]) -> list[str]:
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - an extra, and half a second
    from pydantic import ValidationError  # noqa: PLC0415 - only with it

    try:
        get_fhir_model_class(kind).model_validate_json(json.dumps(resource, default=float))
    except ValidationError as error:
        return [
            f"{'.'.join(str(step) for step in item['loc'] if not isinstance(step, int))}: {item['msg']}"
            for item in error.errors()
        ]
    except (KeyError, ValueError, LookupError) as error:
        return [f"it cannot read the type: {error}"]
    return []
