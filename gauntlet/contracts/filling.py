"""Values of a provider state put into an interaction: ids that only exist once a chart has been chosen.

A contract marks them by generators of type ProviderState. Verifiers fill them into requests only; here they are filled
into the expected answer as well, so that a contract can say: of this patient, not of any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gauntlet.contracts.interaction import Interaction
from gauntlet.errors import Inconclusive

Json = dict[str, Any]
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\[(\d+|\*)\]")
_NAME = re.compile(r"\$\{(\w+)\}")
_FROM_STATE = "ProviderState"


def pact_of(interaction: Interaction, values: Mapping[str, Any]) -> Json:
    """Return a pact file with this one interaction, filled with `values`, and without its provider states.

    Raises Inconclusive when it needs a value that the state does not give.
    """
    raw = json.loads(json.dumps(interaction.raw))
    for key in ("providerStates", "providerState", "provider_state"):
        raw.pop(key, None)
    for side in ("request", "response"):
        _fill_side(raw.get(side, {}), values)
    return {
        "consumer": {"name": interaction.consumer},
        "provider": {"name": interaction.provider},
        "interactions": [raw],
        "metadata": {"pactSpecification": {"version": interaction.specification}},
    }


def _fill_side(side: Json, values: Mapping[str, Any]) -> None:
    generators = side.get("generators", {})
    for expression, _ in _taken(generators, "path", flat=True):
        side["path"] = filled(expression, values)
    for category in ("query", "header", "headers"):
        held = side.get("query" if category == "query" else "headers", {})
        for expression, key in _taken(generators, category):
            name = key.removeprefix("$.").partition("[")[0]
            held[name] = [str(filled(expression, values))]
    content = _content(side)
    for expression, path in _taken(generators, "body"):
        put(content, path, filled(expression, values))
    _fill_variants(side, content, values)


def _taken(generators: Json, category: str, *, flat: bool = False) -> Iterator[tuple[str, str]]:
    """Yield (expression, key) of the generators of a category that want a value of the state, and take them away."""
    held = generators.get(category, {})
    entries = {"": held} if flat or "type" in held else dict(held)
    for key, generator in entries.items():
        if isinstance(generator, dict) and generator.get("type") == _FROM_STATE:
            yield generator["expression"], key
            if key in held:
                del held[key]
            else:
                generators.pop(category)


def _content(side: Json) -> Any:
    body = side.get("body")
    return body["content"] if isinstance(body, dict) and {"content", "contentType"} <= body.keys() else body


def _fill_variants(side: Json, content: Any, values: Mapping[str, Any]) -> None:
    """Fill the variants of lists of which only some elements matter (arrayContains)."""
    for path, rule in side.get("matchingRules", {}).get("body", {}).items():
        for matcher in rule.get("matchers", []):
            for variant in matcher.get("variants", []):
                for expression, below in _taken({"body": variant.get("generators", {})}, "body"):
                    put(content, f"{path}[{variant['index']}]{below.removeprefix('$')}", filled(expression, values))


def filled(expression: str, values: Mapping[str, Any]) -> Any:
    """Return `expression` with each `${name}` replaced; a name alone keeps the type of its value."""
    for name in _NAME.findall(expression):
        if name not in values:
            raise Inconclusive(f"the contract needs the value {name!r}; its provider states give {', '.join(values)}")
    alone = _NAME.fullmatch(expression)
    return values[alone[1]] if alone else _NAME.sub(lambda found: str(values[found[1]]), expression)


def put(content: Any, path: str, value: Any) -> None:
    """Put `value` at each place that a path such as `$.entry[*].resource.id` names, as far as it is there."""
    *steps, last = [name or key or index for name, key, index in _STEP.findall(path)] or [""]
    holders = [content]
    for step in steps:
        holders = [below for holder in holders for below in _below(holder, step)]
    for holder in holders:
        if isinstance(holder, dict) and last in holder:
            holder[last] = value
        elif isinstance(holder, list):
            places = range(len(holder)) if last == "*" else [int(last)] if last.isdecimal() else []
            for place in places:
                holder[place] = value


def _below(holder: Any, step: str) -> list[Any]:
    if isinstance(holder, dict):
        return [holder[step]] if step in holder else []
    if isinstance(holder, list):
        return holder if step == "*" else holder[int(step) : int(step) + 1] if step.isdecimal() else []
    return []
