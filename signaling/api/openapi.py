"""The OpenAPI document, made from the same table that serves the routes."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from signaling.api.route import Contract, Route
from signaling.errors import Problem, status

REFERENCES = "#/components/schemas/{name}"
CALLER = ("sign-in-required", "token-invalid", "token-expired", "invitation-revoked", "act-ended", "not-allowed")
SDP = {"application/sdp": {"schema": {"type": "string"}}}


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """OpenAPI 3.1 of these routes."""
    contracts = [route.contract() for route in routes]
    schemas, components = _schemas(contracts)
    paths: dict[str, dict[str, Any]] = {}
    for route, contract in zip(routes, contracts, strict=True):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, contract, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Visite", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "visite"},
            },
        },
    }


def codes(route: Route) -> tuple[str, ...]:
    """Every code that a route may answer."""
    contract = route.contract()
    found = [*route.refuses, "foreign-origin"]
    found += [*CALLER, "store-down"] if route.needs_caller else []
    found += ["store-down"] if route.method != "GET" else []
    found += ["not-found"] if route.variables else []
    found += ["malformed"] if contract.body or contract.query or contract.sdp else []
    found += ["too-large", "wrong-type"] if contract.body or contract.sdp else []
    return tuple(sorted(set(found)))


def _operation(route: Route, contract: Contract, schemas: dict[type, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": re.sub(r"\W+", "_", route.method.lower() + route.path).strip("_"),
        "x-verb": route.verb.value,
        "security": [{"bearer": []}, {"cookie": []}] if route.needs_caller else [],
        "parameters": [*_path_parameters(route), *_query_parameters(contract)],
        "responses": _responses(route, contract, schemas),
    }
    if contract.sdp:
        operation["requestBody"] = {"required": True, "content": SDP}
    elif contract.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schemas[contract.body]}}}
    return operation


def _responses(route: Route, contract: Contract, schemas: dict[type, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "done"}
    if contract.gives is not None:
        good["content"] = {route.produces: {"schema": schemas[contract.gives]}}
    elif route.produces != "application/json":
        good["content"] = {route.produces: {}}
    responses = {str(route.status): good}
    problem = {"application/json": {"schema": schemas[Problem]}}
    for number, group in _by_status(codes(route)):
        responses[str(number)] = {"description": ", ".join(group), "content": problem}
    return responses


def _by_status(found: Iterable[str]) -> list[tuple[int, list[str]]]:
    groups: dict[int, list[str]] = {}
    for code in found:
        groups.setdefault(status(code), []).append(code)
    return sorted(groups.items())


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in route.variables]


def _query_parameters(contract: Contract) -> list[dict[str, Any]]:
    if contract.query is None:
        return []
    _, defined = msgspec.json.schema_components([contract.query], ref_template=REFERENCES)
    properties = defined[contract.query.__name__]["properties"]
    return [{"name": key, "in": "query", "schema": schema} for key, schema in properties.items()]


def _schemas(contracts: Iterable[Contract]) -> tuple[dict[type, Any], dict[str, Any]]:
    """The schema of each type that is read or given as JSON, and the definitions that they refer to."""
    types = {kind: None for contract in contracts for kind in (contract.body, contract.gives) if kind is not None}
    types[Problem] = None
    found, components = msgspec.json.schema_components(list(types), ref_template=REFERENCES)
    return dict(zip(types, found, strict=True)), components
