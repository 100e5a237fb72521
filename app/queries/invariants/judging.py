"""Who reads, watches and talks, and that it is done as promised."""

from __future__ import annotations

from app.queries.invariants.rules import rule


@rule("An answer is read by different people, by three at most.")
def answer_has_different_readers() -> str:
    return """
        SELECT answer_id FROM reading_assignment WHERE kind = 'answer' AND state IN ('open', 'done')
        GROUP BY answer_id HAVING count(*) > 3 OR count(*) > count(DISTINCT reader_id)"""


@rule("Answers are complete only when each was read as often as the opening promises.")
def answers_were_read_as_promised() -> str:
    return """
        SELECT a.id FROM application a JOIN opening o ON o.id = a.opening_id JOIN answer w ON w.application_id = a.id
        LEFT JOIN reading_assignment r ON r.answer_id = w.id AND r.state = 'done'
        WHERE EXISTS (SELECT FROM change c WHERE c.application_id = a.id AND c.event = 'finish_answers')
        GROUP BY a.id, w.id, o.reading_policy
        HAVING count(r.id) < CASE WHEN coalesce(o.reading_policy ->> 'policy', 'twice') = 'twice' THEN 2 ELSE 1 END"""


@rule("Nobody reads, watches, interviews or decides about their own application.")
def nobody_judges_themselves() -> str:
    return """
        SELECT a.id FROM application a JOIN reading_assignment r ON r.application_id = a.id
        WHERE r.reader_id = a.person_id AND r.state <> 'cancelled'
        UNION ALL
        SELECT a.id FROM application a JOIN recorded_interview i ON i.application_id = a.id
            JOIN recording_review r ON r.interview_id = i.id
        WHERE r.reviewer_id = a.person_id AND r.state <> 'cancelled'
        UNION ALL
        SELECT a.id FROM application a JOIN scorecard s ON s.application_id = a.id WHERE s.interviewer_id = a.person_id
        UNION ALL
        SELECT a.id FROM application a JOIN placement_decision d ON d.application_id = a.id
        WHERE d.decided_by_id = a.person_id"""


@rule("Who has an application to read or to watch holds a role in its organization.")
def readers_are_staff() -> str:
    staff = """NOT EXISTS (
        SELECT FROM role_grant g WHERE g.person_id = work.person_id AND g.organization_id = o.organization_id
            AND g.revoked_at IS NULL AND g.role IN ('reader', 'reading_lead', 'interviewer'))"""
    return f"""
        SELECT work.id FROM (
            SELECT r.id, r.application_id, r.reader_id AS person_id FROM reading_assignment r WHERE r.state = 'open'
            UNION ALL
            SELECT v.id, i.application_id, v.reviewer_id FROM recording_review v
                JOIN recorded_interview i ON i.id = v.interview_id WHERE v.state = 'open'
        ) work JOIN application a ON a.id = work.application_id JOIN opening o ON o.id = a.opening_id WHERE {staff}"""


@rule("A time is booked by one person, and a person has one time.")
def no_time_is_booked_twice() -> str:
    return """
        SELECT slot_id FROM booking WHERE cancelled_at IS NULL GROUP BY slot_id HAVING count(*) > 1
        UNION ALL
        SELECT application_id FROM booking WHERE cancelled_at IS NULL GROUP BY application_id HAVING count(*) > 1
        UNION ALL
        SELECT b.id FROM booking b JOIN interview_slot s ON s.id = b.slot_id
            JOIN booking b2 ON b2.cancelled_at IS NULL AND b2.id <> b.id
            JOIN interview_slot s2 ON s2.id = b2.slot_id AND s2.interviewer_id = s.interviewer_id
                AND tstzrange(s.starts_at, s.ends_at) && tstzrange(s2.starts_at, s2.ends_at)
        WHERE b.cancelled_at IS NULL"""


@rule("A live booking is at a time that was not withdrawn.")
def booked_times_stand() -> str:
    return """
        SELECT b.id FROM booking b JOIN interview_slot s ON s.id = b.slot_id
            JOIN application a ON a.id = b.application_id
        WHERE b.cancelled_at IS NULL AND s.withdrawn_at IS NOT NULL AND a.state = 'final_interview_booked'"""


@rule("A recording becomes a file that plays within an hour.")
def recordings_are_assembled() -> str:
    return """
        SELECT id FROM recorded_take
        WHERE media_state = 'pending' AND finished_at < CAST(:now AS timestamptz) - interval '1 hour'"""
