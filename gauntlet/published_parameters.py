"""What a gateway's CapabilityStatement lists for search."""

from __future__ import annotations

from collections.abc import Sequence

from gauntlet.consumer import Consumer
from gauntlet.errors import Inconclusive


def listed_parameters(anonymous: Consumer, types: Sequence[str]) -> dict[str, list[str]]:
    """Return the search parameters that are listed, for each of the claimed `types` that is.

    Raises Inconclusive when there is no CapabilityStatement or it lists none.
    """
    answer = anonymous.send("GET", "metadata")
    if answer.status != 200:
        raise Inconclusive(f"there is no CapabilityStatement: {answer.brief()}")
    statement = answer.resource("CapabilityStatement")
    resources = [item for rest in statement.get("rest", []) for item in rest.get("resource", [])]
    found = {
        item["type"]: [parameter["name"] for parameter in item.get("searchParam", [])]
        for item in resources
        if item.get("type") in types
    }
    if not any(found.values()):
        raise Inconclusive("the CapabilityStatement lists no search parameter of a claimed type")
    return found
