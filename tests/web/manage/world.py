"""A program with people at several stages, for the managers' pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from sqlalchemy import event

from app.domain.access import Role
from app.extensions import db
from tests.factories import make_application, make_opening, make_readers, make_staff, read


@dataclass(frozen=True)
class World:
    """Ids, because objects do not outlive the application context."""

    opening: UUID
    manager: UUID
    readers: list[UUID]
    # In answers_in_review, reading_decision and recording_due.
    being_read: UUID
    to_decide: UUID
    to_record: UUID


def make_world(app: Flask) -> World:
    """One manager, three readers, three applications at different stages."""
    with app.app_context():
        opening = make_opening()
        readers = make_readers(opening, 3)
        manager = make_staff(opening, Role.MANAGER, name="Mira Manager")
        to_decide = read(make_application(opening, spanish="professional"), 2)
        to_record = read(make_application(opening), 3)
        being_read = make_application(opening)
        return World(opening.id, manager.id, [each.id for each in readers], being_read.id, to_decide.id, to_record.id)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the SELECTs that happen inside; how many there are is what a test compares."""
    seen: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and "clock_shift" not in statement:
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", remember)
