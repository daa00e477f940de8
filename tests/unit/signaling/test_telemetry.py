import io
import json
import logging
from collections.abc import Iterator

import pytest

from signaling.telemetry import Private, start_logging

NAME = "Léa Fontaine"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, as a running server logs it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging("info", private=False, stream=stream)
    yield stream
    root.handlers[:], Private.shown = before, False
    root.setLevel(level)


def only(lines: io.StringIO) -> dict[str, object]:
    (line,) = lines.getvalue().splitlines()
    told: dict[str, object] = json.loads(line)
    return told


def test_a_line_is_one_json_object_with_its_ids(lines: io.StringIO) -> None:
    logging.getLogger("signaling.bridge").info("peer left", extra={"act": "a1", "peer": "p1"})
    told = only(lines)
    assert told["message"] == "peer left"
    assert (told["level"], told["logger"], told["act"], told["peer"]) == ("info", "signaling.bridge", "a1", "p1")


def test_a_private_value_is_not_printed(lines: io.StringIO) -> None:
    logging.getLogger("signaling").warning("unknown %s", Private(NAME), extra={"who": Private(NAME)})
    assert only(lines)["message"] == "unknown «private»"
    assert NAME not in lines.getvalue()


def test_the_text_of_an_error_is_left_out_and_its_place_is_told(lines: io.StringIO) -> None:
    try:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ExceptionGroup(NAME, [ValueError(NAME)]) from error
    except ExceptionGroup:
        logging.getLogger("signaling").exception("failed")
    assert NAME not in lines.getvalue()
    told = only(lines)["error"]
    assert isinstance(told, dict)
    assert told["kind"] == "ExceptionGroup"
    assert told["inside"][0]["kind"] == "ValueError"
    assert told["behind"]["kind"] == "KeyError"
    assert "test_telemetry.py" in told["trace"][0]


def test_a_librarys_line_is_its_template_only(lines: io.StringIO) -> None:
    logging.getLogger("aiohttp.server").error("Error handling request from %s", "192.0.2.1")
    assert only(lines)["message"] == "Error handling request from %s"


def test_a_librarys_finished_text_is_left_out(lines: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved: " + NAME)
    assert NAME not in lines.getvalue()
    assert str(only(lines)["message"]).startswith("at test_telemetry:")


def test_a_developers_machine_prints_everything(lines: io.StringIO) -> None:
    start_logging("debug", private=True, stream=lines)
    logging.getLogger("signaling").debug("unknown %s", Private(NAME))
    assert only(lines)["message"] == f"unknown {NAME}"
