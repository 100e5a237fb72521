"""Seats, proposals, approvals, offers."""

from __future__ import annotations

from app.queries.invariants.rules import rule

# Of a placement decision called d.
_LIVE = "d.kind = 'approve' AND d.undone_at IS NULL AND d.ended_at IS NULL"


@rule("An application has one approved placement at most.")
def one_approval_each() -> str:
    return f"SELECT application_id FROM placement_decision d WHERE {_LIVE} GROUP BY application_id HAVING count(*) > 1"


@rule("No more seats are taken than a pool has, unless somebody wrote down why.")
def seats_are_not_exceeded() -> str:
    return f"""
        SELECT p.id FROM seat_pool p
        WHERE p.seats < (SELECT count(*) FROM placement_decision d WHERE d.pool_id = p.id AND {_LIVE})
            AND coalesce(p.changed_reason, '') = ''"""


@rule("A person is with one office at a time.")
def one_open_proposal_each() -> str:
    return """
        SELECT application_id FROM proposal WHERE state IN ('proposed', 'released', 'approved')
        GROUP BY application_id HAVING count(*) > 1"""


@rule("An office decides about a person only while the person is with it.")
def released_proposals_are_in_review() -> str:
    return """
        SELECT p.id FROM proposal p JOIN application a ON a.id = p.application_id
        WHERE p.state = 'released' AND a.state <> 'placement_in_review'"""


@rule("No offer leaves without the office's approval.")
def offers_were_approved() -> str:
    return """
        SELECT o.id FROM offer o LEFT JOIN placement_decision d ON d.id = o.decision_id
        WHERE d.id IS NULL OR d.kind <> 'approve' OR d.undone_at IS NOT NULL OR d.application_id <> o.application_id
            OR d.office_id <> o.office_id"""


@rule("A placement is the offer that the person accepted.")
def placements_were_accepted() -> str:
    return """
        SELECT p.id FROM placement p LEFT JOIN offer o ON o.id = p.offer_id
        WHERE o.id IS NULL OR o.answer IS DISTINCT FROM 'accepted' OR o.application_id <> p.application_id
            OR o.office_id <> p.office_id"""


@rule("Where the opening asks for a meeting, an office met the person before it approved.")
def approvals_follow_a_meeting() -> str:
    return f"""
        SELECT d.id FROM placement_decision d JOIN application a ON a.id = d.application_id
            JOIN opening o ON o.id = a.opening_id
        WHERE {_LIVE} AND o.meeting_required AND NOT EXISTS (
            SELECT FROM meeting m WHERE m.proposal_id = d.proposal_id AND m.outcome = 'held')"""


@rule("An approval is made by somebody who held the office's right at that moment.")
def approvals_are_the_offices_own() -> str:
    return f"""
        SELECT d.id FROM placement_decision d WHERE {_LIVE} AND NOT EXISTS (
            SELECT FROM role_grant g WHERE g.person_id = d.decided_by_id AND g.office_id = d.office_id
                AND coalesce(g.starts_at, g.granted_at) <= d.decided_at
                AND (g.revoked_at IS NULL OR g.revoked_at >= d.decided_at)
                AND (g.ends_at IS NULL OR g.ends_at > d.decided_at))"""


@rule("Nobody is proposed where they must not be placed, or to an office that has said no, unless by an override.")
def proposals_respect_both_sides() -> str:
    return """
        SELECT p.id FROM proposal p WHERE p.state IN ('proposed', 'released', 'approved') AND (
            EXISTS (SELECT FROM office_choice c
                WHERE c.application_id = p.application_id AND c.office_id = p.office_id AND c.rank IS NULL)
            OR p.pin_id IS NULL AND EXISTS (SELECT FROM placement_decision d
                WHERE d.application_id = p.application_id AND d.office_id = p.office_id AND d.kind = 'decline'
                    AND d.proposal_id <> p.id AND d.decided_at < p.proposed_at))"""


@rule("An override ends with its answer: none lives on beside an offer, a placement or an end.")
def overrides_end() -> str:
    return """
        SELECT n.id FROM routing_pin n JOIN application a ON a.id = n.application_id
        WHERE n.ended_at IS NULL AND a.state NOT IN ('in_routing', 'placement_in_review')"""
