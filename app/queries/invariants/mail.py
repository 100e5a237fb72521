"""The outbox: nothing lost, nothing doubled, whatever is uncertain shown."""

from __future__ import annotations

from app.queries.invariants.rules import rule


@rule("A mail that is being sent has a sender whose time is not over.")
def mail_being_sent_has_a_lease() -> str:
    return """
        SELECT id FROM notice WHERE state = 'sending' AND (
            lease_until IS NULL OR lease_holder IS NULL
            OR lease_until < CAST(:now AS timestamptz) - interval '10 minutes')"""


@rule("A mail that may or may not have left is shown to people within five minutes.")
def uncertain_mail_is_shown() -> str:
    return """
        SELECT id FROM notice WHERE state = 'sending' AND stage = 'data'
            AND lease_until < CAST(:now AS timestamptz) - interval '5 minutes'"""


@rule("No mail that is due waits for its first try longer than half an hour, an urgent one five minutes.")
def due_mail_is_tried() -> str:
    return """
        SELECT id FROM notice WHERE state = 'pending' AND attempts = 0
            -- after a restore the outbox is frozen until somebody releases it
            AND NOT EXISTS (SELECT FROM outbox_hold)
            AND (void_after IS NULL OR void_after > CAST(:now AS timestamptz))
            AND due_at < CAST(:now AS timestamptz)
                - CASE WHEN urgent THEN interval '5 minutes' ELSE interval '30 minutes' END"""


@rule("The same mail about the same thing is sent to a person once.")
def no_mail_is_sent_twice() -> str:
    return """
        SELECT min(CAST(id AS text)) FROM notice WHERE state = 'sent'
        GROUP BY kind, subject_id, recipient_email, occurrence HAVING count(*) > 1"""


@rule("A one-time code is forgotten once its mail has left.")
def secrets_are_forgotten() -> str:
    return """
        SELECT id FROM notice WHERE kind IN ('sign_in_code', 'invitation') AND state IN ('sent', 'cancelled')
            AND context <> '{}'"""
