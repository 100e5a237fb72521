"""A changed schedule never sends twice what went out, and never what has passed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.program_file import parse_program
from app.domain.refusals import Refusal
from app.domain.reminders import OCCASIONS, Occasion
from app.domain.schedules import fingerprint, is_added, name_until_saved
from app.extensions import transaction
from app.models import AuditEvent, Notice, Opening, ReminderRule
from app.queries.reminder_preview import preview_of
from app.queries.schedules import schedule_of
from app.services.program import load_program
from app.services.reminders import send_due_reminders
from app.services.schedules import change_schedule
from tests.factories import make_draft, make_opening, make_person

PROGRAM = Path(__file__).parents[2] / "app" / "programs" / "client-advocate-mspd.yaml"
DAY = timedelta(days=1)


def changed(opening: Opening, **changes: object) -> Mapping[str, Sequence[Occasion]]:
    schedule = schedule_of(opening.id)
    first, *others = schedule["draft"]
    return {**schedule, "draft": [replace(first, **changes), *others]}  # type: ignore[arg-type]


def change(opening: Opening, wanted: Mapping[str, Sequence[Occasion]], days: float) -> list[str]:
    with transaction():
        return change_schedule(
            opening, wanted, seen=fingerprint(schedule_of(opening.id)), by=make_person().id, now=now() + days * DAY
        )


def reminded(session: Session, *days: float) -> list[int]:
    """How many reminders of drafts there are after each of these days."""
    counts = []
    for each in days:
        with transaction():
            send_due_reminders(now=now() + each * DAY)
        counts.append(len(session.scalars(select(Notice.id).where(Notice.kind == "draft_reminder")).all()))
    return counts


def test_a_changed_time_sends_no_second_one_and_nothing_that_has_passed(session: Session) -> None:
    opening = make_opening()
    draft = make_draft(opening)
    assert reminded(session, 1.9, 2.1) == [0, 1]
    assert change(opening, changed(opening, moment=3 * DAY), 2.5) == ["draft"]
    late = make_draft(opening)
    with transaction():
        session.execute(
            text("update application set state_since = state_since - interval '2 hours' where id = :id"),
            {"id": late.id},
        )
    # The first had it at two days; the other, whose two days were over, gets it at three.
    assert reminded(session, 2.6, 2.95, 3.1) == [1, 2, 2]
    emails = session.scalars(select(Notice.recipient_email).where(Notice.kind == "draft_reminder")).all()
    assert sorted(emails) == sorted([draft.person.email, late.person.email])
    # Moved to where both have passed already: nothing is caught up on. Once more, later on: the same name, once.
    third = make_draft(opening)
    assert change(opening, changed(opening, moment=DAY), 3.5) == ["draft"]
    assert reminded(session, 3.6, 5, 6.9) == [2, 2, 2]
    assert reminded(session, 7.1) == [5]
    assert third.state == "draft"
    said = session.scalars(select(AuditEvent).where(AuditEvent.action == "opening:reminders")).all()
    assert [event.details for event in said] == [{"changed": ["draft"]}] * 2


def test_what_is_added_sends_nothing_that_has_passed_and_never_bears_the_name_of_what_was_taken_away(
    session: Session,
) -> None:
    opening = make_opening()
    make_draft(opening)
    added = replace(OCCASIONS["draft"][0], name=name_until_saved(1), moment=4 * DAY, end=6 * DAY)

    def wanted(*ones: Occasion) -> Mapping[str, Sequence[Occasion]]:
        schedule = schedule_of(opening.id)
        return {**schedule, "draft": [*schedule["draft"][:2], *ones]}

    assert reminded(session, 2.5) == [1]
    assert change(opening, wanted(added), 4.5) == ["draft"]
    first = schedule_of(opening.id)["draft"][2]
    # It would have been due half a day before it was there.
    assert reminded(session, 4.6, 5.5) == [1, 1]
    make_draft(opening)
    assert change(opening, wanted(), 0) == ["draft"]
    assert change(opening, wanted(added), 0) == ["draft"]
    second = schedule_of(opening.id)["draft"][2]
    assert (is_added(first.name), is_added(second.name), first.name == second.name) == (True, True, False)
    assert reminded(session, 2.5, 3.9, 4.1, 4.2, 5.9) == [2, 2, 4, 4, 4]


def test_what_is_switched_off_is_not_sent_and_what_repeats_comes_again(session: Session) -> None:
    opening = make_opening()
    make_draft(opening)
    wanted = changed(opening, is_on=False)
    assert change(opening, wanted, 0) == ["draft"]
    assert reminded(session, 3) == [0]
    assert change(opening, changed(opening, is_on=True, every=DAY), 3.2) == ["draft"]
    assert change(opening, changed(opening, is_on=True, every=DAY), 3.2) == []
    assert reminded(session, 3.5, 4.1, 4.2, 5.1) == [0, 1, 1, 2]


def test_two_managers_at_once_are_noticed(session: Session) -> None:
    opening = make_opening()
    seen, manager = fingerprint(schedule_of(opening.id)), make_person().id
    with transaction():
        change_schedule(opening, changed(opening, is_on=False), seen=seen, by=manager, now=now())
    with pytest.raises(Refusal), transaction():
        change_schedule(opening, changed(opening, moment=DAY), seen=seen, by=manager, now=now())


def test_the_file_is_loaded_once_and_does_not_undo_what_a_manager_changed(session: Session) -> None:
    opening = make_opening()
    rules = session.scalars(select(ReminderRule).order_by(ReminderRule.position)).all()
    assert [(rule.waits_for, rule.step, rule.changed_by_id) for rule in rules] == [
        ("draft", "2 days", None), ("draft", "7 days", None),
    ]  # fmt: skip
    schedule = schedule_of(opening.id)
    assert fingerprint(schedule) == fingerprint(OCCASIONS)
    words = PROGRAM.read_text(encoding="utf-8")

    def load(file: str) -> list[str]:
        with transaction():
            return [line for line in load_program(parse_program(file), now=now()) if "reminder" in line]

    assert load(words) == []
    assert load(words.replace("from_hours: 48", "from_hours: 72")) == ["reminders: draft"]
    assert schedule_of(opening.id)["draft"][0].moment == 3 * DAY
    assert change(opening, changed(opening, moment=DAY), 0) == ["draft"]
    assert load(words) == []
    assert schedule_of(opening.id)["draft"][0].moment == DAY


def test_the_preview_says_what_will_leave_and_then_it_leaves(session: Session) -> None:
    opening = make_opening()
    drafts = [make_draft(opening) for _ in range(3)]
    wanted = changed(opening, moment=DAY, every=2 * DAY)
    preview = preview_of(opening, wanted, now=now(), hidden=[drafts[0].id])
    assert preview.mails == sum(one.mails for one in preview.expected) == sum(count for _, count in preview.days)
    # After 1, 3, 5 days, and the last one after 7 (a moment ago they were begun).
    assert [(one.wait, one.step, one.mails, len(one.names)) for one in preview.expected] == [
        ("draft", "2 days", 9, 2), ("draft", "7 days", 3, 2),
    ]  # fmt: skip
    change(opening, wanted, 0)
    assert reminded(session, *(hours / 24 for hours in range(1, 175, 5)))[-1] == 12
    assert preview_of(opening, schedule_of(opening.id), now=now()).mails == 0
