"""Each reminder goes out once for its occasion, however often the worker runs."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.adapters.clock import move_clock, now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.reminders import Recipient
from app.domain.schedules import fingerprint
from app.domain.timeline import renewed_promise
from app.domain.work import Urgency
from app.emails.messages import message_of
from app.extensions import transaction
from app.models import Notice, Proposal, RecordedInterview
from app.queries.schedules import schedule_of
from app.queries.status import status_of
from app.queries.work import work_list
from app.services.claiming import claim_notice
from app.services.notices import owe_notice
from app.services.releases import release_proposal
from app.services.reminders import send_due_reminders
from app.services.routing import run_routing
from app.services.schedules import change_schedule
from app.services.withdrawals import withdraw_application
from tests.factories import (
    application_booking,
    book,
    hold_interview,
    make_application,
    make_draft,
    make_opening,
    make_readers,
    make_routable,
    make_slot,
    make_staff,
    read,
)
from tests.servers import Database

KINDS = (
    "draft_reminder",
    "recording_reminder",
    "booking_reminder",
    "interview_reminder",
    "reading_overdue",
    "scorecard_reminder",
    "office_overdue",
    "office_escalated",
    "offer_reminder",
)


def remind(session: Session, times: int = 2, **ahead: float) -> list[tuple[str, str]]:
    """Run the worker twice at a later moment; return what was newly owed, as (kind, recipient)."""
    before = set(session.scalars(select(Notice.id).where(Notice.kind.in_(KINDS))))
    for _ in range(times):
        with transaction():
            send_due_reminders(now=now() + timedelta(**ahead))
    new = session.scalars(
        select(Notice)
        .where(Notice.kind.in_(KINDS), Notice.id.not_in(before))
        .order_by(Notice.kind, Notice.recipient_email)
    ).all()
    for notice in new:
        message_of(notice)  # every one has words
    return [(notice.kind, notice.recipient_email) for notice in new]


def test_a_draft_is_reminded_once_for_each_occasion(session: Session) -> None:
    draft = make_draft(make_opening())
    mail = ("draft_reminder", draft.person.email)
    found = [remind(session, days=days) for days in (1, 2.1, 3, 7.1, 8, 31)]
    assert found == [[], [mail], [], [mail], [], []]


def test_a_passed_occasion_is_not_caught_up_on(session: Session) -> None:
    draft = make_draft(make_opening())
    assert remind(session, days=9) == [("draft_reminder", draft.person.email)]
    assert remind(session, days=10) == []


def test_a_draft_of_a_closed_opening_is_left_alone(session: Session) -> None:
    opening = make_opening()
    make_draft(opening)
    with transaction():
        opening.status = "closed"
    assert remind(session, days=3) == []


def test_a_reader_gets_one_digest_a_day_for_all_that_is_overdue(session: Session) -> None:
    opening = make_opening()
    readers = make_readers(opening, 2)
    make_application(opening)
    due = [("reading_overdue", reader.email) for reader in sorted(readers, key=lambda reader: reader.email)]
    assert remind(session, hours=1) == []
    assert remind(session, days=40) == due
    assert remind(session, days=41) == due
    counts = session.scalars(text("select context->>'count' from notice where kind = 'reading_overdue'")).all()
    assert set(counts) == {"5"}


def test_an_interview_that_is_not_recorded_is_reminded_and_never_closed(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = read(make_application(opening))
    assert application.state == "recording_due"
    interview = session.scalars(select(RecordedInterview)).one()
    mail = ("recording_reminder", application.person.email)
    days = (interview.due_at - now()).total_seconds() / 86400
    found = [remind(session, days=days + shift) for shift in (-3.5, -2.9, -2, -0.9, -0.5, 0.1, 5, 20)]
    assert found == [[], [mail], [], [mail], [], [mail], [], []]
    session.refresh(application)
    assert application.state == "recording_due"


def test_a_time_to_book_and_the_booked_interview_are_reminded(session: Session) -> None:
    opening = make_opening(recorded=False)
    make_readers(opening, 3)
    interviewer = make_staff(opening, Role.INTERVIEWER)
    application = read(make_application(opening))
    assert application.state == "booking_due"
    to = application.person.email
    assert [remind(session, days=days) for days in (1, 2.1, 5.1)] == [
        [],
        [("booking_reminder", to)],
        [("booking_reminder", to)],
    ]
    book(application, make_slot(opening, interviewer, starts_at=now() + timedelta(days=3)))
    found = [remind(session, hours=hours) for hours in (47, 48.1, 60, 71.1, 71.9, 73)]
    assert found == [[], [("interview_reminder", to)], [], [("interview_reminder", to)], [], []]


@pytest.mark.parametrize(
    ("step", "subject"),
    [
        ("2 days before", "Your offer: please answer by Friday, Dec. 4"),
        ("answer date", "Your offer: what have you decided?"),
    ],
)
def test_a_reminder_of_an_offer_says_offer_in_its_subject(session: Session, step: str, subject: str) -> None:
    draft = make_draft(make_opening())
    context = {"step": step, "deadline": f"{now().year}-12-04T18:00:00+00:00"}
    with transaction():
        key = owe_notice(
            "offer_reminder", subject_id=draft.id, recipient=draft.person, application=draft, now=now(), context=context
        )
    weekday = date(now().year, 12, 4).strftime("%A")
    assert message_of(session.get_one(Notice, key)).subject == subject.replace("Friday", weekday)


def test_a_scorecard_that_is_not_sent_is_asked_for_after_2_and_after_24_hours(session: Session) -> None:
    opening = make_opening(recorded=False)
    make_readers(opening, 3)
    interviewer = make_staff(opening, Role.INTERVIEWER)
    application = read(make_application(opening))
    book(application, make_slot(opening, interviewer, starts_at=now() + timedelta(hours=1, minutes=1)))
    ended = application_booking(application).slot.ends_at - now()
    hours = ended.total_seconds() / 3600
    mail = ("scorecard_reminder", interviewer.email)
    found = [remind(session, hours=hours + after) for after in (0.1, 1.9, 2.1, 20, 24.1, 40, 200)]
    assert found == [[], [], [mail], [], [mail], [], []]
    late = work_list([opening], hidden=(), now=now() + ended + timedelta(hours=25)).groups[Urgency.LATE]
    assert [(row.name, row.work.step, row.work.names) for row in late] == [
        (application.person.name, "Send the scorecard", (interviewer.name,))
    ]


def test_a_reminder_of_a_scorecard_names_nobody_and_is_not_sent_once_it_is_in(session: Session) -> None:
    opening = make_opening(recorded=False)
    make_readers(opening, 3)
    interviewer = make_staff(opening, Role.INTERVIEWER)
    application = read(make_application(opening))
    starts_at = now() + timedelta(minutes=1)
    book(application, make_slot(opening, interviewer, starts_at=starts_at))
    move_clock(timedelta(hours=4))
    assert remind(session) == [("scorecard_reminder", interviewer.email)]
    notice = session.scalars(select(Notice).where(Notice.kind == "scorecard_reminder")).one()
    words = message_of(notice)
    assert application.person.name not in words.subject + words.text
    assert f"/staff/interviews/{application_booking(application).id}" in words.text
    hold_interview(application)
    with transaction():
        assert claim_notice(notice.id, holder="test", now=now()) is None
    session.refresh(notice)
    assert notice.state == "cancelled"
    assert remind(session, hours=30) == []


def test_an_office_is_reminded_then_its_silence_goes_to_the_managers(session: Session) -> None:
    opening = make_opening(recorded=False, final=False)
    make_readers(opening, 3)
    manager, supervisor = make_staff(opening, Role.MANAGER), make_staff(opening, Role.SUPERVISOR, office="rolla")
    make_staff(opening, Role.SUPERVISOR, office="jackson")
    make_routable(opening)
    with transaction():
        run_routing(opening, occasion="test", by=By(worker="test"), now=now())
    with transaction():
        release_proposal(session.scalars(select(Proposal)).one(), by=manager.id, now=now())
    office = [("office_overdue", supervisor.email)]
    found = [remind(session, days=days) for days in (2.9, 3.1, 4, 5.1, 6.9, 7.1, 9)]
    assert found == [[], office, [], office, [], [("office_escalated", manager.email)], []]
    sent = session.scalars(select(Notice).where(Notice.kind.in_(("office_overdue", "office_escalated"))))
    texts = [message_of(notice).text for notice in sorted(sent, key=lambda notice: notice.created_at)]
    warned = ["Without an answer we will ask the program manager on" in text for text in texts]
    assert (warned, "Its supervisors were reminded 2 times." in texts[2]) == ([False, True, False], True)


def test_the_work_list_and_the_mails_follow_the_openings_own_escalation(session: Session) -> None:
    opening = make_opening(recorded=False, final=False)
    make_readers(opening, 3)
    manager = make_staff(opening, Role.MANAGER)
    make_staff(opening, Role.SUPERVISOR, office="rolla")
    make_routable(opening)
    with transaction():
        run_routing(opening, occasion="test", by=By(worker="test"), now=now())
    with transaction():
        release_proposal(session.scalars(select(Proposal)).one(), by=manager.id, now=now())

    def office(first: timedelta, *, on: bool = True) -> None:
        schedule = schedule_of(opening.id)
        ones = [
            replace(one, moment=first, is_on=on) if one.recipient is Recipient.MANAGERS else one
            for one in schedule["placement_in_review"]
        ]
        wanted = {**schedule, "placement_in_review": ones}
        with transaction():
            change_schedule(opening, wanted, seen=fingerprint(schedule), by=manager.id, now=now())

    def called(days: float) -> list[int]:
        """After how many days each office that is to be called became the managers' matter."""
        rows = work_list([opening], hidden=(), now=now() + timedelta(days=days)).groups[Urgency.ESCALATED]
        return [(row.work.escalated_at - row.state_since).days for row in rows if row.work.escalated_at]

    assert [called(days) for days in (6.5, 7.5)] == [[], [7]]
    office(timedelta(days=4))
    assert [called(days) for days in (3.5, 4.5, 7.5)] == [[], [4], [4]]
    kinds = [[kind for kind, _ in remind(session, days=days)] for days in (3.1, 4.1, 5.1)]
    assert kinds == [["office_overdue"], ["office_escalated"], ["office_overdue"]]
    told = session.scalars(select(Notice).where(Notice.kind.in_(("office_overdue", "office_escalated"))))
    texts = [message_of(notice).text for notice in sorted(told, key=lambda notice: notice.created_at)]
    assert ["we will ask the program manager" in text for text in texts] == [True, False, False]
    assert "Its supervisors were reminded once." in texts[1]
    office(timedelta(days=4), on=False)
    assert [called(days) for days in (4.5, 9.5)] == [[], []]


def test_one_application_that_cannot_be_reminded_does_not_stop_the_others(session: Session, database: Database) -> None:
    opening = make_opening()
    first, second = make_draft(opening), make_draft(opening)
    refused, to = first.person.email, second.person.email
    session.rollback()
    with database.admin() as admin:
        admin.execute(f"alter table notice add constraint refused check (recipient_email <> '{refused}') not valid")
    try:
        assert remind(session, days=3) == [("draft_reminder", to)]
    finally:
        session.rollback()
        with database.admin() as admin:
            admin.execute("alter table notice drop constraint refused")
    assert remind(session, days=3) == [("draft_reminder", refused)]


@pytest.mark.parametrize("talked", [False, True], ids=["reading", "after the final interview"])
def test_a_broken_promise_is_told_once_for_each_new_date(session: Session, talked: bool) -> None:
    opening = make_opening(recorded=False)
    make_readers(opening, 2)
    application = make_application(opening)
    began = application.submitted_at
    if talked:
        book(read(application), make_slot(opening, make_staff(opening, Role.INTERVIEWER)))
        began = application_booking(application).slot.ends_at
    assert began is not None
    # The same date as on the status page.
    promised = status_of(application, now=began + timedelta(minutes=1)).promised_by
    assert promised is not None and promised > began
    renewed = renewed_promise(promised, promised + timedelta(hours=1))
    assert status_of(application, now=promised + timedelta(hours=1)).new_date == renewed

    def told(moment: datetime) -> list[tuple[str, str, str]]:
        for _ in range(2):
            with transaction():
                send_due_reminders(now=moment)
        late = session.scalars(select(Notice).where(Notice.kind == "answer_late").order_by(Notice.created_at)).all()
        assert all("new date" in message_of(notice).subject for notice in late)
        return [(each.recipient_email, each.context["said"], each.context["new_date"]) for each in late]

    mail, minute = application.person.email, timedelta(minutes=1)
    first = (mail, promised.isoformat(), renewed.isoformat())
    second = (mail, renewed.isoformat(), renewed_promise(promised, renewed + minute).isoformat())
    assert told(promised - minute) == []
    assert told(promised + minute) == [first]
    assert told(renewed - minute) == [first]
    assert told(renewed + minute) == [first, second]
    with transaction():
        withdraw_application(application, by=application.person_id, now=now(), reason=None)
    assert told(renewed + timedelta(days=8)) == [first, second]
