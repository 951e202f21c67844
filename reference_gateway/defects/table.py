"""The table of defects, by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from reference_gateway.composition import Parts
from reference_gateway.defects import (
    access,
    accountability,
    addresses,
    announcements,
    batches,
    connections,
    consent,
    consent_roundabout,
    consumer_contracts,
    consumer_tokens,
    contract,
    delivery,
    drift,
    environment,
    forged_tokens,
    hostile_input,
    identity,
    leaks,
    lenience,
    load,
    mapping_codes,
    mapping_people,
    mapping_states,
    mapping_times,
    mapping_values,
    metrics,
    mutual_tls,
    observability,
    odd_requests,
    overload,
    properties,
    published,
    query_strings,
    queueing,
    resilience,
    rollout,
    stale,
    throttling,
    too_much,
    traversal,
    two_ehrs,
    under_load,
    unity_access,
    unity_contract,
    unsteady,
    upstream_access,
    upstream_tls,
    writes,
)
from reference_gateway.defects.defect import Defect

DEFECTS: Mapping[str, Defect] = {
    defect.name: defect
    for defect in (
        *consumer_tokens.DEFECTS,
        *environment.DEFECTS,
        *forged_tokens.DEFECTS,
        *mutual_tls.DEFECTS,
        *access.DEFECTS,
        *traversal.DEFECTS,
        *query_strings.DEFECTS,
        *contract.DEFECTS,
        *drift.DEFECTS,
        *delivery.DEFECTS,
        *consumer_contracts.DEFECTS,
        *properties.DEFECTS,
        *odd_requests.DEFECTS,
        *published.DEFECTS,
        *batches.DEFECTS,
        *too_much.DEFECTS,
        *hostile_input.DEFECTS,
        *identity.DEFECTS,
        *connections.DEFECTS,
        *upstream_access.DEFECTS,
        *upstream_tls.DEFECTS,
        *resilience.DEFECTS,
        *unsteady.DEFECTS,
        *two_ehrs.DEFECTS,
        *overload.DEFECTS,
        *queueing.DEFECTS,
        *stale.DEFECTS,
        *addresses.DEFECTS,
        *rollout.DEFECTS,
        *writes.DEFECTS,
        *throttling.DEFECTS,
        *announcements.DEFECTS,
        *accountability.DEFECTS,
        *leaks.DEFECTS,
        *lenience.DEFECTS,
        *load.DEFECTS,
        *under_load.DEFECTS,
        *observability.DEFECTS,
        *metrics.DEFECTS,
        *consent.DEFECTS,
        *consent_roundabout.DEFECTS,
        *unity_access.DEFECTS,
        *unity_contract.DEFECTS,
        *mapping_codes.DEFECTS,
        *mapping_values.DEFECTS,
        *mapping_times.DEFECTS,
        *mapping_people.DEFECTS,
        *mapping_states.DEFECTS,
    )
}


def parts_with(name: str) -> Parts:
    """Return the parts of a gateway with one defect. Raises KeyError, whose text names the closest match."""
    if name not in DEFECTS:
        close = get_close_matches(name, DEFECTS, n=1)
        hint = f"did you mean {close[0]}?" if close else "`defects` lists them"
        raise KeyError(f"there is no defect {name!r}; hint: {hint}")
    return DEFECTS[name].apply(Parts())
