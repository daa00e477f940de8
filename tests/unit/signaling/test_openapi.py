import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from media.events import FailureCode
from signaling.api.openapi import codes, document
from signaling.api.table import ROUTES
from signaling.errors import status

DOCUMENT = json.loads(json.dumps(document(ROUTES, "1")))


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_route_is_described_with_its_verb() -> None:
    described = {(method.upper(), path): operation["x-verb"] for path, method, operation in operations()}
    assert described == {(route.method, route.path): route.verb.value for route in ROUTES}


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place, reference


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names), sorted(names)


def test_every_variable_of_a_path_is_a_parameter() -> None:
    for path, _, operation in operations():
        told = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert told == set(re.findall(r"\{(\w+)\}", path))


def test_what_is_sent_refuses_fields_that_nobody_declared() -> None:
    for path, _, operation in operations():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            name = content["schema"]["$ref"].rsplit("/", 1)[-1]
            assert DOCUMENT["components"]["schemas"][name]["additionalProperties"] is False, path


def test_every_code_that_a_route_answers_stands_under_its_status() -> None:
    for route in ROUTES:
        responses = DOCUMENT["paths"][route.path][route.method.lower()]["responses"]
        for code in codes(route):
            assert code in responses[str(status(code))]["description"].split(", ")


def test_public_routes_ask_for_no_sign_in_and_all_others_do() -> None:
    for route in ROUTES:
        security = DOCUMENT["paths"][route.path][route.method.lower()]["security"]
        assert bool(security) is route.needs_caller, route.path


def test_every_code_that_a_route_answers_is_one_of_the_protocol() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "protocol.md").read_text()
    listed = set(re.findall(r"`([a-z-]+)`", text)) | set(get_args(FailureCode))
    for route in ROUTES:
        assert set(codes(route)) <= listed, route.path
