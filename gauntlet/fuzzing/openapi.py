"""OpenAPI 3.1 of the canonical gateway API, for the types and search parameters that a gateway serves. Pure.

Bodies are described shallowly on purpose: FHIR's own recursive schemas keep a generator busy for minutes. Real ids and
codes are offered beside free text, so that generated requests reach records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gauntlet.properties.search_model import element_values
from synthetic.population import Chart
from synthetic.strategies.search_rules import PARAMETERS

Json = dict[str, Any]
FHIR_JSON = "application/fhir+json"
_ID = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
_DATE = {"type": "string", "pattern": r"^(ge|le|gt|lt|eq|ne|sa|eb)?(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 200}
_NEEDED = {"Observation": "category"}  # beside the patient
_SHOWN = 4  # known ids and codes offered


def document(
    charts: Sequence[Chart], served: Mapping[str, Collection[str]], bodies: Mapping[str, Mapping[str, Any]]
) -> Json:
    """Return the OpenAPI document: reads and searches of the types in `served` (type to search parameters), creates of
    those in `bodies` (type to an example).
    """
    paths: Json = {"/metadata": {"get": _operation("capabilities", [], _resource("CapabilityStatement"))}}
    for kind, names in served.items():
        known = [record.id for chart in charts for record in chart.of_type(kind)[:_SHOWN]]
        identifier = _parameter("id", "path", _known(known, _ID), required=True)
        paths[f"/{kind}/{{id}}"] = {"get": _operation(f"read{kind}", [identifier], _resource(kind))}
        paths[f"/{kind}"] = {"get": _operation(f"search{kind}", _search(kind, names, charts), _searchset(kind))}
    for kind, example in bodies.items():
        paths.setdefault(f"/{kind}", {})["post"] = _create(kind, example)
    return {"openapi": "3.1.0", "info": {"title": "Canonical gateway API", "version": "R4"}, "paths": paths}


def _operation(name: str, parameters: list[Json], body: Json) -> Json:
    return {"operationId": name, "parameters": parameters, "responses": {"200": _answer(body), "4XX": _refusal()}}


def _answer(schema: Json) -> Json:
    return {"description": "served", "content": {FHIR_JSON: {"schema": schema}}}


def _refusal() -> Json:
    issue = {
        "type": "object",
        "required": ["severity", "code"],
        "properties": {"severity": {"enum": ["fatal", "error", "warning", "information"]}, "code": {"type": "string"}},
    }
    schema = _resource("OperationOutcome")
    schema["required"].append("issue")
    schema["properties"]["issue"] = {"type": "array", "minItems": 1, "items": issue}
    return {"description": "refused", "content": {FHIR_JSON: {"schema": schema}}}


def _resource(kind: str) -> Json:
    return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"const": kind}}}


def _searchset(kind: str) -> Json:
    bundle = _resource("Bundle")
    bundle["required"].append("type")
    held = {"type": "object", "properties": {"resource": _resource(kind)}, "required": ["resource"]}
    bundle["properties"] |= {"type": {"const": "searchset"}, "entry": {"type": "array", "items": held}}
    return bundle


def _parameter(name: str, place: str, schema: Json, *, required: bool = False) -> Json:
    made: Json = {"name": name, "in": place, "required": required, "schema": schema}
    known = schema.get("anyOf", [{}])[0].get("enum", [])
    return {**made, "example": known[0]} if known else made


def _known(values: Sequence[str], free: Json) -> Json:
    return {"anyOf": [{"enum": list(dict.fromkeys(values))}, free]} if values else free


def _search(kind: str, names: Collection[str], charts: Sequence[Chart]) -> list[Json]:
    owner = "_id" if kind == "Patient" else "patient"
    parameters = [_parameter(owner, "query", _known([chart.id for chart in charts], _ID), required=True)]
    for name in sorted(set(names) & PARAMETERS[kind].keys() - {owner}):
        schema = _schema(kind, name, charts)
        parameters.append(_parameter(name, "query", schema, required=_NEEDED.get(kind) == name))
    return parameters


def _schema(kind: str, name: str, charts: Sequence[Chart]) -> Json:
    match PARAMETERS[kind][name]:
        case "count":
            return _COUNT
        case "date":
            return _DATE
        case "id":
            return _known([record.id for chart in charts for record in chart.of_type(kind)[:_SHOWN]], _ID)
        case _:
            return _known(_codes(kind, name, charts)[:_SHOWN], _TEXT)


def _codes(kind: str, name: str, charts: Sequence[Chart]) -> list[str]:
    found: list[str] = []
    for chart in charts:
        for record in chart.of_type(kind):
            for item in element_values(record.body, name):
                codings = item.get("coding", [item]) if isinstance(item, dict) else [{"code": item}]
                found += [str(code) for coding in codings if (code := coding.get("code", coding.get("value")))]
    return sorted(set(found))


def _create(kind: str, example: Mapping[str, Any]) -> Json:
    properties: Json = {name: {"const": value} for name, value in example.items()}
    properties["note"] = {
        "type": "array",
        "maxItems": 2,
        "items": {"type": "object", "required": ["text"], "properties": {"text": _TEXT}, "additionalProperties": False},
    }
    schema = {
        "type": "object",
        "required": list(example),
        "properties": properties,
        "additionalProperties": False,
    }
    body = {"required": True, "content": {FHIR_JSON: {"schema": schema, "example": dict(example)}}}
    return {
        "operationId": f"create{kind}",
        "requestBody": body,
        "responses": {"201": {"description": "created"}, "4XX": _refusal()},
    }
