"""Rights that end, and the audit log's chain."""

from __future__ import annotations

from app.domain.delegation import MOST_DAYS
from app.queries.invariants.rules import rule


@rule("What a supervisor lends ends after 60 days, and with the supervisor's own right.")
def delegations_end() -> str:
    return f"""
        SELECT g.id FROM role_grant g WHERE g.delegated_by_id IS NOT NULL AND g.revoked_at IS NULL
            AND (g.ends_at IS NULL OR g.ends_at > CAST(:now AS timestamptz)) AND (
                g.ends_at IS NULL OR g.starts_at IS NULL OR g.ends_at > g.starts_at + interval '{MOST_DAYS + 1} days'
                OR NOT EXISTS (
                    SELECT FROM role_grant own WHERE own.person_id = g.delegated_by_id AND own.office_id = g.office_id
                        AND own.role = 'supervisor' AND own.delegated_by_id IS NULL AND own.revoked_at IS NULL))"""


@rule("Nobody gave a role to themselves.")
def nobody_promotes_themselves() -> str:
    return "SELECT id FROM role_grant WHERE granted_by_id = person_id AND revoked_at IS NULL"


@rule("Every event of the audit log is in its chain within a quarter of an hour.")
def events_are_sealed() -> str:
    return """
        SELECT e.id FROM audit_event e WHERE e.at < CAST(:now AS timestamptz) - interval '15 minutes'
            AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.event_id = e.id)"""


@rule("The chain over the audit log has no gap.")
def chain_has_no_gap() -> str:
    return """
        SELECT seq FROM (SELECT seq, previous_hash, lag(seq, 1, CAST(0 AS bigint)) OVER (ORDER BY seq) AS seq_before,
            lag(hash, 1, repeat('0', 64)) OVER (ORDER BY seq) AS hash_before FROM audit_seal) s
        WHERE seq <> seq_before + 1 OR previous_hash <> hash_before"""
