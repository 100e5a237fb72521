"""What a log line may hold: known keys, our own words, no text that somebody typed."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog
from sqlalchemy.exc import DataError

from app.adapters.logs import configure_logs, redacted

CANARY = "Quetzalcoatlus"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    """The JSON lines that were written since the last look."""
    before = (logging.getLogger().handlers[:], logging.getLogger().level)
    configure_logs("json", "INFO", libraries=logging.INFO)

    def look() -> list[dict[str, object]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield look
    logging.getLogger().handlers, level = before
    logging.getLogger().setLevel(level)


def test_only_known_keys_reach_the_log(lines) -> None:  # type: ignore[no-untyped-def]
    person, long = uuid4(), "x" * 500
    structlog.get_logger().info("request", person=person, status=200, name=CANARY, answer=CANARY, endpoint=long)
    (line,) = lines()
    assert set(line) == {"event", "level", "timestamp", "person", "status", "endpoint"}
    assert (line["person"], len(line["endpoint"])) == (str(person), 200)


def test_an_exception_leaves_its_class_and_its_place_and_no_word(lines) -> None:  # type: ignore[no-untyped-def]
    try:
        raise DataError(f"insert {CANARY}", {"name": CANARY}, ValueError(CANARY))
    except DataError as fault:
        structlog.get_logger().error("unexpected error", exc_info=fault)
        structlog.get_logger().warning("not sent", error=repr(fault), why=f"Broken: {CANARY}")
        logging.getLogger("gunicorn.error").exception("Error handling request %s", f"/search?q={CANARY}")
        logging.getLogger("celery.app.trace").error(
            "Task %(name)s[%(id)s] raised unexpected: %(exc)s", {"name": "deliver_notice", "id": "7", "exc": CANARY},
            exc_info=sys.exc_info(),
        )  # fmt: skip
    found = lines()
    assert CANARY not in json.dumps(found)
    assert [line.get("fault") for line in found] == ["DataError", "DataError", "DataError", "DataError"]
    assert "tests/adapters/test_logs.py" in found[0]["frames"][-1]
    assert (found[3]["task"], found[3]["event"]) == ("deliver_notice", "Task deliver_notice[7] raised unexpected")


def test_lines_of_libraries_lose_what_others_put_into_them(lines) -> None:  # type: ignore[no-untyped-def]
    logging.getLogger("gunicorn.error").warning("Invalid request from ip=%s: %s", "203.0.113.9", f"'{CANARY}'")
    logging.getLogger("celery.worker.strategy").info(
        "Task %(name)s[%(id)s] received", {"name": "deliver_notice", "id": "7", "args": CANARY, "kwargs": CANARY}
    )
    logging.getLogger("celery.app.trace").info(
        "Task %(name)s[%(id)s] succeeded in %(runtime)ss: %(return_value)s",
        {"name": "deliver_notice", "id": "7", "runtime": 0.25, "return_value": CANARY},
    )
    warned, received, done = lines()
    assert CANARY not in json.dumps([warned, received, done]) and "203.0.113.9" not in warned["event"]
    assert (received["event"], received["task"]) == ("Task deliver_notice[7] received", "deliver_notice")
    assert (done["event"], done["ms"]) == ("Task deliver_notice[7] succeeded", 250)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("to ada.lovelace@example.org, please", "to [...] please"),
        ("call (573) 555-0142 now", "call ([...] now"),
        ("GET /people?name=Ada", "GET /people[...]"),
        ("notice: not sent", "notice: not sent"),
        ("finished in 12.5 s at 10:30", "finished in 12.5 s at 10:30"),
    ],
)
def test_addresses_numbers_and_queries_are_taken_out(text: str, clean: str) -> None:
    assert redacted(text) == clean
