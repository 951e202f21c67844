"""What requests of a profile have in common: the endpoint that they ask, and the traffic class they belong to."""

from __future__ import annotations

from gauntlet.load.interaction import CREATE, parse_request

INTERACTIVE, OWN_CLIENTS = "interactive", ("batch", "partner")
CLASSES = (INTERACTIVE, *OWN_CLIENTS)


def endpoint_name(request: str, create_type: str = "") -> str:
    """Return the endpoint that a request of a profile asks, such as "read Patient" or "search Observation".

    A profile does not know the type that it creates: a create is "create", and of a type when `create_type` names it.
    """
    if request == CREATE:
        return f"{CREATE} {create_type}".strip()
    interaction = parse_request(request)
    return f"{'read' if interaction.id_from else 'search'} {interaction.resource_type}"


def asks(request: str, endpoint: str, create_type: str = "") -> bool:
    """Return whether a request of a profile asks `endpoint`; "create" is the create of any type."""
    return endpoint in (endpoint_name(request), endpoint_name(request, create_type))


def traffic_class(role: str) -> str:
    """Return the traffic class of a role: batch and partner apps are their own, all people are interactive."""
    return role if role in OWN_CLIENTS else INTERACTIVE
