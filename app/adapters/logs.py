"""Logs without personal data: JSON lines whose keys are known, whose texts are ours, whose exceptions have no words.

What a key is not in `KEYS` does not reach the log; of an exception its class and its place are kept, never its
text, which may hold what somebody typed. Lines of libraries go the same way.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor

# Ids, codes and numbers. A new key is a decision: it has to be one that no person's text can get into.
KEYS = frozenset({
    "event", "level", "timestamp", "logger",
    "request_id", "method", "endpoint", "status", "ms", "person",
    "application", "opening", "notice", "take", "subject", "kind", "state", "outcome", "template", "key",
    "task", "task_id", "thread", "source", "fault", "frames", "count", "seconds", "rule", "ids", "head", "links",
    "check",
})  # fmt: skip
# Of these only the first word is kept: the name of what went wrong.
FIRST_WORD = ("error", "why")
LONGEST = 200
FRAMES = 12

_ADDRESS = re.compile(r"[^\s@<>'\"]+@[^\s@<>'\"]+")
_NUMBER = re.compile(r"(?<![\w-])\+?\d[\d\s().-]{7,}\d(?![\w-])")
_QUERY = re.compile(r"\?[^\s'\"]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")


def configure_logs(form: str, level: str, *, libraries: int | None = None) -> None:
    """Set up this process's logs: `form` is "json" or "console". Safe to call again.

    `libraries` is the level of what is not ours; WARNING, unless an earlier call said another one.
    """
    number = logging.getLevelName(level.upper())
    number = number if isinstance(number, int) else logging.INFO
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_words,
        only_known,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_to_stderr,
        cache_logger_on_first_use=False,
    )
    _configure_libraries(shared, last, libraries)


class _Stderr(logging.Handler):
    """Writes to where stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def _to_stderr(*_arguments: Any) -> structlog.PrintLogger:
    # Looked up for each logger: a test or a command may have put another one there.
    return structlog.PrintLogger(sys.stderr)


def _configure_libraries(shared: list[Processor], last: Processor, level: int | None) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, of_library, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        pass_foreign_args=True,
    )
    handler = _Stderr()
    handler.setFormatter(formatter)
    handler.set_name("placewell")
    root = logging.getLogger()
    others = [each for each in root.handlers if each.get_name() != "placewell"]
    if level is not None or others == root.handlers:
        root.setLevel(logging.WARNING if level is None else level)
    root.handlers = [*others, handler]
    for name in ("gunicorn.error", "celery", "celery.task", "celery.redirected"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True


def without_words(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its class and its place."""
    fault = event.pop("exc_info", None)
    if fault is True:
        fault = sys.exc_info()
    if isinstance(fault, tuple):
        fault = fault[1]
    if isinstance(fault, BaseException):
        event["fault"] = type(fault).__name__
        event["frames"] = frames_of(fault.__traceback__)
    event.pop("stack_info", None)
    for key in (key for key in FIRST_WORD if key in event):
        word = re.match(r"\w+", str(event.pop(key)))
        event.setdefault("fault", word[0] if word else "?")
    return event


def frames_of(trace: TracebackType | None) -> list[str]:
    """Return the last frames as "file:line function", without the source line or any value."""
    frames = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def only_known(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop keys that are not known; cut and clean the texts of the others."""
    meta = {key: value for key, value in event.items() if key in ("_record", "_from_structlog")}
    known = {key: _clean(value) for key, value in event.items() if key in KEYS and key != "event"}
    return {**meta, "event": redacted(str(event.get("event", ""))), **known}


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value[:FRAMES]]
    return _ADDRESS.sub("[...]", str(value))[:LONGEST]


def redacted(text: str) -> str:
    """Take addresses, telephone numbers and queries out of a text, and cut it."""
    for pattern in (_ADDRESS, _QUERY, _NUMBER):
        text = pattern.sub("[...]", text)
    return text[:LONGEST]


def _of_task(words: str, arguments: Mapping[str, Any]) -> str:
    """Return "Task deliver_notice[id] received": only the name and the id are put in."""
    for name in ("name", "id"):
        words = words.replace(f"%({name})s", str(arguments.get(name, "")))
    return re.sub(r"( in )?%\(\w+\)[srd]s?", "", words).partition(": ")[0].rstrip(": ")


def of_library(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A library's line: its own words without what was put into them by others."""
    record: logging.LogRecord = event["_record"]
    arguments = event.pop("positional_args", ())
    if isinstance(arguments, Mapping):
        # Celery's lines about a task: its name, its id and how long it took; never its arguments, result or fault.
        event["event"] = _of_task(str(record.msg), arguments)
        for name, key in (("name", "task"), ("id", "task_id")):
            if name in arguments:
                event[key] = arguments[name]
        runtime = arguments.get("runtime")
        if isinstance(runtime, float):
            event["ms"] = round(runtime * 1000)
    elif event.get("exc_info"):
        event["event"] = "exception"
    else:
        event["event"] = _QUOTED.sub("[...]", str(event["event"]))
    return event
