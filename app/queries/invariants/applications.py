"""Applications and their history."""

from __future__ import annotations

from typing import Any

from app.domain.pipeline import TRANSITIONS
from app.queries.invariants.rules import rule


@rule("The state of an application is the one that its last history row led to.")
def state_is_the_last_move() -> str:
    return """
        SELECT a.id FROM application a LEFT JOIN LATERAL (
            SELECT c.to_state FROM change c WHERE c.application_id = a.id ORDER BY c.seq DESC LIMIT 1
        ) last ON true WHERE last.to_state IS DISTINCT FROM a.state"""


@rule("A history has no gap: each row begins where the one before it ended.")
def history_has_no_gap() -> str:
    return """
        SELECT application_id FROM (
            SELECT application_id, seq, from_state, lag(seq, 1, 0) OVER w AS seq_before,
                lag(to_state) OVER w AS state_before
            FROM change WINDOW w AS (PARTITION BY application_id ORDER BY seq)
        ) c WHERE seq <> seq_before + 1 OR from_state IS DISTINCT FROM state_before"""


@rule("Every step of a history is one that the process has.")
def history_is_a_legal_path() -> tuple[str, dict[str, Any]]:
    legal = [(t.event, source, t.target) for t in TRANSITIONS.values() for source in sorted(t.sources, key=str)]
    events, sources, targets = (list(column) for column in zip(*legal, strict=True))
    return (
        """
        SELECT c.application_id FROM change c WHERE NOT EXISTS (
            SELECT FROM unnest(CAST(:events AS text[]), CAST(:sources AS text[]), CAST(:targets AS text[]))
                AS legal(event, source, target)
            WHERE legal.event = c.event AND legal.source IS NOT DISTINCT FROM c.from_state
                AND legal.target = c.to_state)""",
        {"events": events, "sources": sources, "targets": targets},
    )


@rule("A history says what the audit log noted when it happened.")
def history_agrees_with_the_audit_log() -> str:
    return """
        SELECT e.object_id FROM audit_event e
        LEFT JOIN change c ON c.application_id::text = e.object_id AND c.seq = CAST(e.details ->> 'seq' AS integer)
        WHERE e.object_type = 'application' AND e.action = 'application:moved' AND (
            c.id IS NULL OR c.event <> e.details ->> 'event' OR c.to_state <> e.details ->> 'after'
            OR c.from_state IS DISTINCT FROM e.details ->> 'before' OR c.at <> e.at)"""


@rule("Whoever sent an application is owed, or has, the mail that says so.")
def sent_application_has_its_mail() -> str:
    return """
        SELECT a.id FROM application a WHERE a.submitted_at IS NOT NULL AND a.erased_at IS NULL
            AND EXISTS (SELECT FROM change c WHERE c.application_id = a.id AND c.event = 'submit_application'
                AND c.by_person_id IS NOT NULL)
            AND NOT EXISTS (
                SELECT FROM notice n WHERE n.application_id = a.id AND n.kind = 'application_received')"""


@rule("An application, its season and its offices belong to its opening and its organization.")
def application_belongs_together() -> str:
    return """
        SELECT a.id FROM application a JOIN opening o ON o.id = a.opening_id JOIN season s ON s.id = a.season_id
        WHERE s.organization_id <> o.organization_id
        UNION ALL
        SELECT a.id FROM office_choice c JOIN application a ON a.id = c.application_id
        WHERE NOT EXISTS (
            SELECT FROM opening_office p WHERE p.opening_id = a.opening_id AND p.office_id = c.office_id)
        UNION ALL
        SELECT a.id FROM answer w JOIN application a ON a.id = w.application_id JOIN question q ON q.id = w.question_id
        WHERE q.opening_id <> a.opening_id"""


@rule("What a state stands for is there: a booking, a proposal with the office, an offer, a placement.")
def state_has_what_it_stands_for() -> str:
    return """
        SELECT a.id FROM application a WHERE CASE a.state
            WHEN 'final_interview_booked' THEN NOT EXISTS (
                SELECT FROM booking b WHERE b.application_id = a.id AND b.cancelled_at IS NULL)
            WHEN 'recording_due' THEN NOT EXISTS (SELECT FROM recorded_interview r WHERE r.application_id = a.id)
            WHEN 'placement_in_review' THEN NOT EXISTS (
                SELECT FROM proposal p WHERE p.application_id = a.id AND p.state = 'released')
            WHEN 'placement_approved' THEN NOT EXISTS (
                SELECT FROM proposal p WHERE p.application_id = a.id AND p.state = 'approved')
            WHEN 'offer_sent' THEN NOT EXISTS (SELECT FROM offer o WHERE o.application_id = a.id AND o.answer IS NULL)
            WHEN 'placed' THEN NOT EXISTS (
                SELECT FROM placement p WHERE p.application_id = a.id AND p.ended_at IS NULL)
            ELSE false END"""


@rule("What the retention rule erased holds no words, no documents and no mails any more.")
def erased_is_empty() -> str:
    return """
        SELECT a.id FROM application a WHERE a.erased_at IS NOT NULL AND (
            a.lived_experience IS NOT NULL
            OR EXISTS (SELECT FROM answer w WHERE w.application_id = a.id AND w.text <> '')
            OR EXISTS (SELECT FROM answer_version v JOIN answer w ON w.id = v.answer_id WHERE w.application_id = a.id)
            OR EXISTS (SELECT FROM document d WHERE d.application_id = a.id)
            OR EXISTS (SELECT FROM notice n WHERE n.application_id = a.id)
            OR EXISTS (SELECT FROM help_request h WHERE h.application_id = a.id)
            OR EXISTS (SELECT FROM change c WHERE c.application_id = a.id AND c.reason IS NOT NULL)
            OR EXISTS (SELECT FROM person p WHERE p.id = a.person_id AND p.full_name IS NOT NULL))"""


@rule("Nothing of an application on legal hold was erased.")
def held_is_whole() -> str:
    return """
        SELECT h.application_id FROM legal_hold h JOIN application a ON a.id = h.application_id
        WHERE h.lifted_at IS NULL AND a.erased_at IS NOT NULL AND a.erased_at >= h.set_at"""


@rule("Recordings are deleted within 30 days after the person asked for it, unless they are on legal hold.")
def recordings_go_when_asked() -> str:
    return """
        SELECT r.application_id FROM recorded_interview r
        WHERE r.deletion_asked_at < CAST(:now AS timestamptz) - interval '30 days' AND r.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM legal_hold h WHERE h.application_id = r.application_id AND h.lifted_at IS NULL)"""
