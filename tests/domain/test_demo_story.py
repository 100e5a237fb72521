"""Who acts next with Maya's application, from her state alone."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.demo_people import FIVE, OTHERS, is_invented
from app.domain.demo_story import ACTS, Pending, Situation, next_act
from app.domain.pipeline import ENDED_STATES, LIVE_STATES
from app.services.demo.shortcuts import SHORTCUTS

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def situation(state: str, **more: object) -> Situation:
    return Situation(uuid4(), uuid4(), uuid4(), state, **more)  # type: ignore[arg-type]


def test_story_has_an_act_for_every_live_state() -> None:
    assert set(ACTS) == set(LIVE_STATES)


def test_story_ends_where_the_application_ends() -> None:
    assert [next_act(situation(state), NOW) for state in sorted(ENDED_STATES)] == [None] * len(ENDED_STATES)


def test_answers_send_the_visitor_to_the_reader_whom_the_story_follows() -> None:
    tomas, joanna = uuid4(), uuid4()
    readings = (
        Pending(uuid4(), joanna, "Joanna"),
        Pending(uuid4(), tomas, "Tomas"),
        Pending(uuid4(), tomas, "Tomas"),
    )
    act = next_act(situation("answers_in_review", readings=readings, reader_id=tomas, reading_begun=True), NOW)
    assert act is not None
    assert (act.key, act.person_id, act.values) == ("answers", tomas, {"reading_id": readings[1].id})
    assert (act.details, act.by_itself) == ({"count": 2, "name": "Tomas"}, False)


def test_the_other_readers_score_theirs_by_themselves() -> None:
    readings = (Pending(uuid4(), uuid4(), "Joanna"), Pending(uuid4(), uuid4(), "Amara"))
    begun = next_act(situation("answers_in_review", readings=readings, reader_id=uuid4(), reading_begun=True), NOW)
    assert begun is not None
    assert (begun.key, begun.by_itself, begun.shortcut) == ("colleagues", True, "colleagues")
    # Where the one whom the story follows has none of them, the visitor is the first reader.
    fresh = next_act(situation("answers_in_review", readings=readings, reader_id=uuid4()), NOW)
    assert fresh is not None
    assert (fresh.key, fresh.person_id) == ("answers", readings[0].person_id)


@pytest.mark.parametrize(
    ("state", "field", "name"),
    [
        ("resume_in_review", "resume", "Amara"),
        ("recording_in_review", "review", "Grace"),
        ("final_interview_booked", "booking", "Priya"),
        ("placement_in_review", "proposal", "Irene"),
    ],
)
def test_an_act_names_whoever_really_has_it(state: str, field: str, name: str) -> None:
    act = next_act(situation(state, **{field: Pending(uuid4(), uuid4(), name)}), NOW)
    assert act is not None
    assert name in act.text % act.details


def test_talk_moves_the_clock_only_while_it_is_ahead() -> None:
    booking, begins = Pending(uuid4(), uuid4()), NOW + timedelta(days=2)
    ahead = next_act(situation("final_interview_booked", booking=booking, interview_begins=begins), NOW)
    past = next_act(situation("final_interview_booked", booking=booking, interview_begins=begins), begins)
    assert ahead is not None and past is not None
    assert (ahead.not_before, past.not_before) == (begins + timedelta(minutes=5), None)


def test_the_office_offers_times_maya_takes_one_and_then_they_meet() -> None:
    supervisor, ends = Pending(uuid4(), uuid4(), "Irene"), NOW + timedelta(days=1)
    way = [("none", None), ("offered", None), ("countered", None), ("agreed", ends), ("held", None)]
    acts = [
        next_act(situation("placement_in_review", proposal=supervisor, meeting=meeting, meeting_ends=moment), NOW)
        for meeting, moment in way
    ]
    assert [(act.key, act.person_id == supervisor.person_id, act.not_before) for act in acts if act] == [
        ("offer_times", True, None),
        ("take_time", False, None),
        ("offer_times", True, None),
        ("office", True, ends),
        ("office", True, None),
    ]


def test_routing_comes_before_the_release() -> None:
    proposed = next_act(situation("in_routing", proposal=Pending(uuid4(), uuid4()), office="Rolla"), NOW)
    unproposed = next_act(situation("in_routing"), NOW)
    assert [act.key for act in (unproposed, proposed) if act is not None] == ["routing", "release"]


def test_every_act_with_a_shortcut_has_one() -> None:
    person = Pending(uuid4(), uuid4())
    acts = [
        next_act(
            situation(
                state,
                readings=(person,),
                resume=person,
                review=person,
                booking=person,
                proposal=proposal,
                reading_begun=begun,
            ),
            NOW,
        )
        for state in LIVE_STATES
        for proposal in (None if state == "in_routing" else person, person)
        for begun in (False, True)
    ]
    assert {act.shortcut for act in acts if act is not None} - set(SHORTCUTS) == set()


def test_invented_people_live_at_example_org_only() -> None:
    assert all(is_invented(member.email) for member in (*FIVE, *OTHERS))
    assert [is_invented(email) for email in ("a@example.com", "a@xexample.org", "a@example.org.evil.net")] == [
        False
    ] * 3
