"""The OpenAPI 3.1 description, made of the table that routes: nothing is served that it does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.fault_shape import components
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import ANYTHING, record, text

_ERROR = record({"error": text("what is wrong"), "hint": {"type": "string"}}, "error", "hint")


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the description of the routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gauntlet mock EHR control API",
            "version": "1",
            "description": "How a test looks into the mock EHR and steers it, on a port that no gateway is told about.",
        },
        "servers": [{"url": "/"}],
        "security": [{"secret": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"secret": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR, **components()},
            "responses": {
                "Refused": {
                    "description": "refused; error says what is wrong, hint how to fix it",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                }
            },
        },
    }


def operation(route: Route) -> dict[str, Any]:
    """Return the description of one route."""
    made: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.variables),
            *({"name": name, "in": "query", "schema": plain(schema)} for name, schema in route.query.items()),
        ],
        "responses": {
            "200": {
                "description": "done",
                "content": {route.gives_media: {"schema": plain(route.gives)}},
            },
            "default": {"$ref": "#/components/responses/Refused"},
        },
    }
    if route.body is not None:
        content = {media: {"schema": plain(route.body)} for media in route.media}
        made["requestBody"] = {"required": not route.body_optional, "content": content}
    if route.open:
        made["security"] = []
    return made


def plain(schema: Any) -> Any:
    """Return a schema as plain dicts and lists."""
    if isinstance(schema, Mapping):
        return {name: plain(value) for name, value in schema.items()}
    return [plain(value) for value in schema] if isinstance(schema, list | tuple) else schema


def document(console: Console, _call: Call) -> Any:
    """Return the description of this API."""
    return describe(console.table.routes)


ROUTES = (
    Route("GET", "/openapi.json", "describe", "Describe this API as OpenAPI 3.1", document, gives=ANYTHING),
)  # fmt: skip
