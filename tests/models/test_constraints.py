"""The database itself refuses what must never be: each rule is broken once, in plain SQL.

No CHECK, unique key or exclusion exists without a planted violation here; the last test counts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, Connection, UniqueConstraint, create_engine
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.exc import IntegrityError

from app.adapters.clock import now
from app.extensions import Base, db, transaction
from app.models import (
    AnswerVersion,
    Change,
    IdentityFlag,
    InterviewSlot,
    Meeting,
    MeetingInvitation,
    MeetingTime,
    ReadingAssignment,
    RecordedSlice,
    RecordedTake,
    RecordingScore,
    Rubric,
    Score,
    ScorecardEntry,
)
from app.services.accounts import send_sign_in_code
from app.services.audit import record
from tests.architecture.world import World, build_world
from tests.factories import make_draft, make_opening
from tests.servers import Database


@dataclass(frozen=True)
class Twin:
    """A second row like one that is there; `changes` are SQL expressions by column."""

    table: str
    where: str = "true"
    changes: dict[str, str] = field(default_factory=dict)
    before: str = ""

    @property
    def sql(self) -> str:
        """The statements."""
        table = Base.metadata.tables[self.table]
        changes = {**({"id": "gen_random_uuid()"} if "id" in table.columns else {}), **self.changes}
        names = [f'"{column.name}"' for column in table.columns]
        values = [changes.get(column.name, f'o."{column.name}"') for column in table.columns]
        row = f"(select * from {self.table} where {self.where} order by id limit 1) o"
        return f"{self.before} insert into {self.table} ({', '.join(names)}) select {', '.join(values)} from {row}"


def twin(table: str, where: str = "true", before: str = "", **changes: str) -> str:
    """SQL that copies one row of a table."""
    return Twin(table, where, changes, before).sql


DRAFT = "(select id from application where state = 'draft')"
A_SLOT = "(select id from interview_slot where place = 'free')"
OWN_READING = "kind = 'answer' and state = 'done'"
DELEGATION = twin(
    "role_grant", role="'supervisor'", region_id="null", office_id="(select id from office limit 1)",
    delegated_by_id="(select id from person p where p.id <> o.person_id order by id limit 1)",
    starts_at="o.granted_at", ends_at="o.granted_at + interval '1 day'",
)  # fmt: skip
RESUME_READING = twin("reading_assignment", OWN_READING, kind="'resume'", answer_id="null")
SEALED = (
    "insert into audit_seal (seq, event_id, previous_hash, hash, sealed_at)"
    " select {seq}, id, '{before}', '-', at from audit_event where id = (select {which}(id) from audit_event)"
)
HELD = (
    "insert into legal_hold (id, application_id, reason, set_by_id, set_at)"
    " select gen_random_uuid(), id, '{reason}', person_id, created_at from application where state = 'draft'"
)
SILENT = (
    "insert into mail_suppression (id, email, cause, reason, added_at)"
    " select gen_random_uuid(), email, 'bounced', '550', created_at from person order by id limit 1"
)
INVITED = (
    "insert into role_invitation (id, person_id, role, organization_id, invited_at, expires_at)"
    " select gen_random_uuid(), p.id, '{role}', o.id, p.created_at, p.created_at"
    " from (select * from person order by id limit 1) p, organization o"
)
RULE = (
    "insert into reminder_rule (id, opening_id, position, waits_for, step, kind, recipient, to_deadline, from_hours,"
    " until_hours, is_on, in_force_since) select gen_random_uuid(), id, 1, 'draft', 'a planted step', 'draft_reminder',"
    " 'applicant', false, 48, 168, true, updated_at from opening order by id limit 1"
)

# What is refused, by the name of the rule that refuses it.
VIOLATIONS: dict[str, str] = {
    # ---- mail and reminders
    "uq_mail_suppression_live": f"{SILENT}; {SILENT}",
    "ck_mail_suppression_email_lower": f"{SILENT}; update mail_suppression set email = upper(email)",
    "ck_mail_suppression_cause_known": f"{SILENT}; update mail_suppression set cause = 'mood'",
    "ck_mail_suppression_staff_has_person": f"{SILENT}; update mail_suppression set cause = 'staff'",
    "ck_mail_suppression_lifting_is_whole": f"{SILENT}; update mail_suppression set lifted_at = added_at",
    "uq_reminder_rule_opening_id_waits_for_step_recipient": f"{RULE}; {RULE}",
    "ck_reminder_rule_recipient_known": f"{RULE}; update reminder_rule set recipient = 'everybody'",
    "ck_reminder_rule_ends_after_start": f"{RULE}; update reminder_rule set until_hours = 48",
    "ck_reminder_rule_every_positive": f"{RULE}; update reminder_rule set every_hours = 0",
    # ---- people, offices, openings
    "ck_clock_shift_forward": "insert into clock_shift (id, seconds) values (1, -1)",
    "ck_clock_shift_one_row": "insert into clock_shift (id, seconds) values (2, 0)",
    "ck_outbox_hold_one_row": "insert into outbox_hold (id, since, backup_made_at) values (2, now(), now())",
    "uq_host_organization_slug": twin("host_organization"),
    "uq_organization_slug": twin("organization"),
    "uq_region_organization_id_slug": twin("region"),
    "uq_season_organization_id_slug": twin("season"),
    "ck_person_email_lower": "update person set email = upper(email)",
    "uq_person_email": twin("person"),
    "ck_sign_in_code_purpose_known": "update sign_in_code set purpose = 'spying'",
    "uq_sign_in_code_token_hash": twin("sign_in_code"),
    "ck_role_grant_role_known": "update role_grant set role = 'king' where role <> 'supervisor'",
    "ck_role_grant_supervisor_has_office": "update role_grant set role = 'supervisor' where office_id is null",
    "uq_role_grant_active": twin("role_grant"),
    "uq_role_grant_delegated": f"{DELEGATION}; {DELEGATION}",
    "ck_role_grant_delegation_has_period": "update role_grant set starts_at = granted_at",
    "ck_role_grant_supervisors_delegate": f"{DELEGATION}; update role_grant set role = 'reader', office_id = null "
    "where delegated_by_id is not null",
    "ck_role_grant_delegate_is_another": f"{DELEGATION}; update role_grant set delegated_by_id = person_id "
    "where delegated_by_id is not null",
    "ck_role_grant_ends_after_start": f"{DELEGATION}; update role_grant set ends_at = starts_at",
    "ck_role_invitation_role_known": INVITED.format(role="king"),
    "uq_role_invitation_open": f"{INVITED.format(role='reader')}; {INVITED.format(role='reader')}",
    "ck_office_increase_where_eligible": "update office set spanish_increase = null, spanish_increase_hourly = 1",
    "ck_office_contact_email_lower": "update office set contact_email = 'Front.Desk@example.org'",
    "ck_office_spanish_need_known": "update office set spanish_need = 'perhaps'",
    "uq_office_host_organization_id_slug": twin("office"),
    "ck_opening_kind_known": "update opening set kind = 'hobby'",
    "ck_opening_status_known": "update opening set status = 'hidden'",
    "ck_opening_salary_range": "update opening set salary_from = 2, salary_to = 1",
    "ck_opening_term_positive": "update opening set term_months = 0",
    "uq_opening_slug": twin("opening"),
    "uq_document_kind_opening_id_slug": twin("document_kind"),
    "uq_eligibility_rules_opening_id_version": twin("eligibility_rules"),
    "ck_question_kind_known": "update question set kind = 'riddle'",
    "uq_question_position": twin("question", "retired_at is null"),
    "ck_rubric_gate_known": "update rubric set gate = 'looks'",
    "uq_opening_office_opening_id_office_id": twin("opening_office"),
    # ---- seats
    "ck_seat_pool_seats_not_negative": "update seat_pool set seats = -1, spanish_minimum = -1",
    "ck_seat_pool_spanish_within_seats": "update seat_pool set spanish_minimum = seats + 1",
    "uq_seat_pool_opening_id_slug": twin("seat_pool"),
    "uq_seat_request_open": twin("seat_request"),
    "ck_seat_request_state_known": "update seat_request set state = 'lost', answered_at = asked_at, "
    "answered_by_id = asked_by_id",
    "ck_seat_request_seats_range": "update seat_request set seats = -1",
    "ck_seat_request_answer_has_date": "update seat_request set state = 'granted'",
    "ck_seat_request_answered_by_somebody": "update seat_request set state = 'granted', answered_at = asked_at",
    # ---- applications
    "ck_application_state_known": "update application set state = 'lost' where submitted_at is not null",
    "ck_application_sent_has_date": "update application set submitted_at = null where state <> 'draft'",
    "ck_application_verified_has_person": "update application set spanish_verified = 'native'",
    "uq_application_person_id_opening_id_season_id": twin("application", reference="'OTHER'"),
    "uq_application_reference": twin(
        "application", person_id="(select id from person where id not in (select person_id from application) limit 1)"
    ),
    "uq_answer_application_id_question_id": twin("answer"),
    "uq_answer_version_answer_id_number": twin("answer_version"),
    "ck_document_source_known": "update document set source = 'stolen', storage_key = null",
    "ck_document_file_has_key": "update document set source = 'file', storage_key = null",
    "ck_office_choice_rank_positive": "update office_choice set rank = 0 where rank = 1",
    "ck_office_choice_not_here_is_not_ranked": "update office_choice set not_here = true where rank = 1",
    "uq_office_choice_application_id_office_id": twin("office_choice", rank="null"),
    "uq_office_choice_application_id_rank": "update office_choice set rank = 1 where rank is not null",
    "ck_change_by_somebody": "update change set by_person_id = null, by_worker = null",
    "uq_change_application_id_seq": twin("change"),
    "ck_help_request_kind_known": "update help_request set kind = 'noise'",
    "ck_help_request_answer_has_person": "update help_request set answered_at = created_at",
    # ---- reading
    "ck_reading_assignment_kind_known": "update reading_assignment set kind = 'dream', answer_id = null",
    "ck_reading_assignment_state_known": "update reading_assignment set state = 'lost', done_at = null",
    "ck_reading_assignment_answer_reading_has_answer": "update reading_assignment set answer_id = null",
    "ck_reading_assignment_done_has_date": "update reading_assignment set done_at = null where state = 'done'",
    "ck_reading_assignment_ordinal_range": "update reading_assignment set ordinal = 4",
    "uq_reading_answer_ordinal": twin(
        "reading_assignment", OWN_READING, reader_id="(select id from person p where p.id <> o.reader_id limit 1)"
    ),
    "uq_reading_answer_reader": twin("reading_assignment", OWN_READING, ordinal="2"),
    "uq_reading_resume": f"{RESUME_READING}; {RESUME_READING}",
    "ck_score_value_range": "update score set value = 5",
    "uq_score_assignment_id_rubric_id": twin("score"),
    "uq_identity_flag_answer_id_flagged_by_id": twin("identity_flag"),
    # ---- recorded interview
    "ck_recorded_interview_format_known": "update recorded_interview set format = 'dance'",
    "ck_recorded_interview_sent_with_consent": (
        "update recorded_interview set submitted_at = due_at, consented_at = null"
    ),
    "uq_recorded_interview_application_id": twin("recorded_interview"),
    "ck_recorded_take_format_known": "update recorded_take set format = 'dance'",
    "ck_recorded_take_state_known": "update recorded_take set state = 'lost'",
    "ck_recorded_take_media_state_known": "update recorded_take set media_state = 'lost'",
    "ck_recorded_take_ready_has_file": "update recorded_take set media_state = 'ready', storage_key = null",
    "uq_recorded_take_interview_id_question_id_number": twin("recorded_take"),
    "uq_recorded_take_kept": twin(
        "recorded_take", before="update recorded_take set state = 'kept';", number="o.number + 1"
    ),
    "uq_recorded_segment_take_id_position": twin("recorded_segment"),
    "ck_recorded_slice_not_empty": "update recorded_slice set size = 0",
    "uq_recorded_slice_segment_id_position": twin("recorded_slice"),
    "ck_recording_review_state_known": "update recording_review set state = 'lost', done_at = null",
    "ck_recording_review_done_has_date": "update recording_review set state = 'done', done_at = null",
    "uq_recording_review_reviewer": twin("recording_review"),
    "ck_recording_score_value_range": "update recording_score set value = 0",
    "uq_recording_score_review_id_question_id_rubric_id": twin("recording_score"),
    # ---- final interview
    "ck_interview_slot_ends_after_start": "update interview_slot set ends_at = starts_at",
    "interview_slot_no_overlap": twin(
        "interview_slot",
        starts_at="o.starts_at + interval '44 minutes'",
        ends_at="o.ends_at + interval '44 minutes'",
    ),
    "ck_booking_format_known": "update booking set format = 'pigeon'",
    "ck_booking_cancelled_by_somebody": "update booking set cancelled_at = booked_at",
    "uq_booking_slot": twin("booking", application_id=DRAFT),
    "uq_booking_application": twin("booking", slot_id=A_SLOT),
    "ck_scorecard_state_known": "update scorecard set state = 'lost', submitted_at = null",
    "ck_scorecard_submitted_has_date": "update scorecard set state = 'submitted', submitted_at = null",
    "uq_scorecard_booking_id": twin("scorecard"),
    "ck_scorecard_entry_value_range": "update scorecard_entry set value = 5",
    "uq_scorecard_entry_scorecard_id_rubric_id": twin("scorecard_entry"),
    # ---- routing and placement
    "ck_proposal_state_known": "update proposal set state = 'lost'",
    "ck_proposal_seat_known": "update proposal set seat = 'window'",
    "ck_proposal_released_by_somebody": "update proposal set released_by_id = null where state = 'released'",
    "uq_proposal_open": twin("proposal"),
    "ck_proposal_release_asked_by_somebody": "update proposal set asked_release_at = proposed_at",
    "ck_proposal_released_by_another": (
        "update proposal set asked_release_at = proposed_at, asked_release_by_id = released_by_id"
    ),
    "ck_proposal_override_by_two": "update proposal set pin_id = (select id from routing_pin limit 1)",
    "ck_proposal_only_override_unranked": "update proposal set rank = null",
    "ck_routing_run_instance_kept": "update routing_run set instance = '{}'",
    "ck_routing_run_result_kept": "update routing_run set packed_result = null",
    "ck_routing_pin_reason_given": "update routing_pin set reason = ''",
    "ck_routing_pin_end_is_whole": "update routing_pin set ended_at = made_at",
    "ck_routing_pin_ended_because_known": "update routing_pin set ended_at = made_at, ended_because = 'rain'",
    "uq_routing_pin_live": twin("routing_pin"),
    "uq_meeting_proposal_id": twin("meeting"),
    "ck_meeting_outcome_known": "update meeting set outcome = 'maybe'",
    "ck_meeting_invitation_offered_by_side_known": "update meeting_invitation set offered_by_side = 'weather'",
    "ck_meeting_invitation_state_known": (
        "update meeting_invitation set state = 'lost', answered_at = offered_at, answered_by_id = offered_by_id"
    ),
    "ck_meeting_invitation_format_known": "update meeting_invitation set format = 'letter'",
    "ck_meeting_invitation_minutes_sensible": "update meeting_invitation set minutes = 5",
    "ck_meeting_invitation_answered_by_somebody": (
        "update meeting_invitation set state = 'accepted', answered_at = offered_at"
    ),
    "ck_meeting_invitation_answer_ends_it": "update meeting_invitation set state = 'accepted'",
    "uq_meeting_invitation_live": twin("meeting_invitation"),
    "uq_meeting_time_invitation_id_starts_at": twin("meeting_time"),
    "uq_meeting_time_chosen": twin(
        "meeting_time", before="update meeting_time set chosen = true;", starts_at="o.starts_at + interval '1 day'"
    ),
    "ck_placement_decision_kind_known": "update placement_decision set kind = 'maybe'",
    "ck_placement_decision_decline_has_reason": "update placement_decision set kind = 'decline', reason_code = null",
    "ck_placement_decision_not_now_has_date": "update placement_decision set kind = 'not_now', not_before = null",
    "ck_placement_decision_undone_by_somebody": "update placement_decision set undone_at = decided_at",
    "ck_placement_decision_only_approval_ends": (
        "update placement_decision set kind = 'passed_on', ended_at = decided_at"
    ),
    "uq_placement_decision_approved": twin("placement_decision"),
    "ck_offer_answer_known": "update offer set answer = 'perhaps', answered_at = sent_at",
    "ck_offer_answer_has_date": "update offer set answer = 'accepted', answered_at = null",
    "ck_offer_more_time_counted": "update offer set more_time_given = -1",
    "uq_offer_decision_id": twin("offer"),
    "ck_placement_year2_outcome_known": (
        "update placement set year2_outcome = 'maybe', year2_approved_at = created_at, year2_reason = 'Why',"
        " year2_approved_by_id = (select id from person limit 1)"
    ),
    "ck_placement_year2_decision_is_whole": "update placement set year2_outcome = 'approved'",
    "ck_placement_end_is_whole": "update placement set ended_at = created_at",
    "ck_placement_ends_after_start": "update placement set starts_on = '2027-01-02', ends_on = '2027-01-01'",
    "uq_placement_application_id": twin(
        "placement", offer_id="(select id from offer p where p.id <> o.offer_id limit 1)"
    ),
    "uq_placement_offer_id": twin("placement", application_id=DRAFT),
    # ---- audit and retention
    "uq_audit_seal_event_id": "; ".join(SEALED.format(seq=n, before=n, which="min") for n in (1, 2)),
    "uq_audit_seal_previous_hash": "; ".join(
        SEALED.format(seq=n, before="0", which=which) for n, which in ((1, "min"), (2, "max"))
    ),
    "ck_legal_hold_reason_given": HELD.format(reason=""),
    "ck_legal_hold_lifting_is_whole": f"{HELD.format(reason='Why')}; update legal_hold set lifted_at = set_at",
    "uq_legal_hold_live": f"{HELD.format(reason='Why')}; {HELD.format(reason='Why not')}",
    # ---- mail
    "ck_notice_state_known": "update notice set state = 'lost' where lease_until is null and sent_at is null",
    "ck_notice_stage_known": "update notice set stage = 'lost'",
    "ck_notice_sending_has_lease": "update notice set state = 'sending', lease_until = null, sent_at = null",
    "ck_notice_sent_has_date": "update notice set state = 'sent', lease_until = null, sent_at = null",
    "uq_notice_kind_subject_id_recipient_email_occurrence": twin("notice"),
}
# What must have a value, whoever writes: a decision without a person or a date is none.
REQUIRED = [
    ("placement_decision", "decided_by_id"),
    ("placement_decision", "decided_at"),
    ("booking", "booked_by_id"),
    ("booking", "booked_at"),
    ("meeting", "recorded_by_id"),
    ("offer", "answer_by"),
    ("application", "state"),
    ("change", "at"),
    ("score", "value"),
    ("routing_run", "input_sha256"),
    ("notice", "recipient_email"),
]


def _fill(world: World) -> None:
    """Rows for the tables that the world leaves empty."""
    own, moment = world.ids["own"], now()
    with transaction() as session:
        send_sign_in_code("somebody@example.org", next_path=None, now=moment)
        for _ in range(2):
            record("role:grant", "person", own["reading"], by=None, now=moment)
        reading = session.get_one(ReadingAssignment, own["reading"])
        take = session.get_one(RecordedTake, own["take"])
        rubric = session.query(Rubric).first()
        assert rubric is not None
        staff = reading.reader_id
        session.add_all([
            Score(assignment_id=reading.id, rubric_id=rubric.id, value=3, scored_at=moment),
            AnswerVersion(answer_id=reading.answer_id, number=1, text="I helped", saved_at=moment),
            IdentityFlag(answer_id=reading.answer_id, flagged_by_id=staff, flagged_at=moment),
            RecordedSlice(
                segment_id=own["segment"], position=0, storage_key="k", size=1, sha256="0" * 64, received_at=moment
            ),
            RecordingScore(
                review_id=own["review"], question_id=take.question_id, rubric_id=rubric.id, value=3, scored_at=moment
            ),
            InterviewSlot(
                opening_id=own["opening"], interviewer_id=staff, starts_at=moment + timedelta(days=9),
                ends_at=moment + timedelta(days=9, minutes=45), place="free", published_at=moment,
            ),
            ScorecardEntry(scorecard_id=own["scorecard"], rubric_id=rubric.id, value=3),
            Meeting(
                proposal_id=own["proposal"], held_on=moment.date(), format="video", recorded_by_id=staff,
                recorded_at=moment,
            ),
            MeetingInvitation(
                proposal_id=own["proposal"], offered_by_side="office", offered_by_id=staff, offered_at=moment,
                format="video", minutes=30, times=[MeetingTime(starts_at=moment + timedelta(days=2))],
            ),
        ])  # fmt: skip
        assert session.query(Change).first() is not None


@pytest.fixture
def connection(app: Flask, database: Database) -> Iterator[Connection]:
    """The owner's connection to a database with a row in every table that a violation needs."""
    with app.app_context():
        make_draft(make_opening())
        _fill(build_world())
        db.session.remove()
    engine = create_engine(database.owner_url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def _refusal(connection: Connection, statement: str) -> tuple[str | None, str | None]:
    """The constraint, or the column, that refused a statement; nothing of it stays."""
    with connection.begin() as attempt:
        try:
            for each in (*statement.split(";"), "set constraints all immediate"):
                connection.exec_driver_sql(each)
        except IntegrityError as refused:
            diagnosis = refused.orig.diag  # type: ignore[union-attr]
            return diagnosis.constraint_name, diagnosis.column_name
        finally:
            attempt.rollback()
    return None, None


def test_every_planted_violation_is_refused_by_its_rule(connection: Connection) -> None:
    refused = {name: _refusal(connection, statement)[0] for name, statement in VIOLATIONS.items()}
    assert {name: by for name, by in refused.items() if by != name} == {}


def test_what_must_have_a_value_has_one(connection: Connection) -> None:
    refused = [(table, _refusal(connection, f"update {table} set {column} = null")[1]) for table, column in REQUIRED]
    assert refused == REQUIRED


def test_a_second_seat_is_free_again_after_an_approval_ended(connection: Connection) -> None:
    """The rules forbid no more than they should."""
    again = twin("placement_decision", before="update placement_decision set ended_at = decided_at;", ended_at="null")
    cancelled = "update booking set cancelled_at = booked_at, cancelled_by_id = booked_by_id;"
    anew = twin("booking", before=cancelled, cancelled_at="null", cancelled_by_id="null")
    withdrawn = twin(
        "interview_slot", before="update interview_slot set withdrawn_at = starts_at;", withdrawn_at="null"
    )
    assert [_refusal(connection, each) for each in (again, anew, withdrawn)] == [(None, None)] * 3


def test_every_rule_of_the_database_is_broken_once() -> None:
    rules = set()
    for table in Base.metadata.sorted_tables:
        kinds = (CheckConstraint, UniqueConstraint, ExcludeConstraint)
        rules |= {str(rule.name) for rule in table.constraints if isinstance(rule, kinds)}
        rules |= {str(index.name) for index in table.indexes if index.unique}
    assert set(VIOLATIONS) == rules
