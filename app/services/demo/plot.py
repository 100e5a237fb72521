"""The whole plot of the demo's past: everybody's story, the interviewers' times, the offices, the workers' rounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain.demo_people import DOMAIN, INTERVIEWER, MANAGER, SUPERVISOR
from app.models.opening import SeatPool
from app.models.person import Person
from app.queries.demo import open_offer_of, open_proposal_of
from app.services.adjustments import ask_for_adjustment
from app.services.demo import cast
from app.services.demo.cast import Applicant
from app.services.demo.journeys import (
    answers_read,
    booked,
    draft,
    read,
    readers_disagree,
    recorded,
    reviewed,
    sent,
    talked,
    to_the_offices,
)
from app.services.demo.world import Story, World, worker
from app.services.final_interviews import publish_slots
from app.services.gates import decline_candidate
from app.services.help_requests import ask_for_help
from app.services.offers import accept_offer, decline_offer, send_due_offers
from app.services.placements import approve_placement, decline_placement, record_meeting
from app.services.releases import release_proposal
from app.services.reminders import send_due_reminders
from app.services.routing import run_routing
from app.services.seats import change_seats, confirm_seats
from app.services.withdrawals import withdraw_application

TALK = timedelta(minutes=45)
PLACE = "https://meet.example.org/{name}"
# When talks begin, on workdays: the last one ends before five.
HOURS = (9, 10, 11, 13, 14, 16)
# Earlier than any last talk, over a long weekend too.
LAST_BOOKED = 6
# Times are offered for so many days.
AHEAD = 12


def stories_of(world: World) -> list[Story]:
    """Return every story of the demo."""
    return [
        _beat(world),
        _seats(world),
        _times(world, world.member(INTERVIEWER.key), world.member("grace.delgado")),
        *_reading(world),
        *_interviews(world),
        *_offices(world),
        *_questions(world),
        draft(world, cast.MAYA_AS_APPLICANT, 1),
        draft(world, cast.DRAFTS[0], 1, parts=2, hour=21),
        draft(world, cast.DRAFTS[1], 3, parts=4),
        draft(world, cast.DRAFTS[2], 8, parts=3),
    ]


# ---- what goes on by itself -----------------------------------------------------------------------


def _beat(world: World) -> Story:
    """Twice a day the workers' rounds, so that reminders and offers carry the dates of their occasions."""
    moment = world.ago(15, 7)
    while moment < world.present:
        yield moment
        send_due_offers(now=world.now)
        send_due_reminders(now=world.now)
        moment += timedelta(hours=12)


def _seats(world: World) -> Story:
    """The offices say how many seats they have; some have not answered yet."""
    yield world.ago(20, 11)
    offices = {row.office.slug: row.office for row in world.opening.offices}
    manager = world.member(MANAGER.key)
    for slug in ("rolla", "hillsboro"):
        change_seats(_pool(world, slug), 2, reason="The office has two desks this season", by=manager.id, now=world.now)
    answered = {SUPERVISOR.key: "rolla", "dale.everett": "hillsboro", "irene.mcbride": "jackson"}
    for key, slug in answered.items():
        yield world.now + timedelta(hours=3)
        confirm_seats(offices[slug], by=world.member(key).id, now=world.now)


def _pool(world: World, slug: str) -> SeatPool:
    return next(pool for pool in world.opening.pools if pool.slug == slug)


def _times(world: World, first: Person, second: Person) -> Story:
    """Times for final interviews, on workdays: those of the last weeks, and those that can be booked now."""
    yield world.ago(23, 15)
    past = [moment for day in world.workdays(range(21, -1, -1)) for moment in world.hours(-day, HOURS)]
    past = [moment for moment in past if moment + TALK < world.present]
    # Whoever holds the talk of which the scorecard is due has the last time of all.
    _publish(world, second, past[-2::-2])
    _publish(world, first, past[-1::-2])
    yield world.ago(5, 9)
    ahead = world.workdays(range(-1, -AHEAD, -1))
    _publish(world, first, [world.on(-day, HOURS[0] if place % 2 else HOURS[-2]) for place, day in enumerate(ahead)])
    _publish(world, second, [world.on(-day, HOURS[2]) for day in ahead[1::2]])


def _publish(world: World, interviewer: Person, moments: Iterable[datetime]) -> None:
    place = PLACE.format(name=interviewer.name.split()[0].lower())
    times = [(moment, moment + TALK) for moment in moments if moment > world.now]
    publish_slots(world.opening, times, place=place, by=interviewer.id, now=world.now)


# ---- reading and interviews -----------------------------------------------------------------------


def _reading(world: World) -> list[Story]:
    oldest, split, *newest = cast.ANSWERS_IN_REVIEW
    return [
        _chain(sent(world, oldest, 6), answers_read(world, oldest, 3, rounds=1)),
        _chain(sent(world, split, 5), readers_disagree(world, split, 2)),
        *(sent(world, who, day) for who, day in zip(newest, (3, 2, 1), strict=True)),
        *(_chain(sent(world, who, 6), answers_read(world, who, 2)) for who in cast.RESUME_IN_REVIEW),
        *(_chain(sent(world, who, 8), read(world, who, 3)) for who in cast.READING_DECISION),
        _withdraws(world, cast.WITHDRAWN),
        _is_not_selected(world, cast.NOT_SELECTED),
    ]


def _interviews(world: World) -> list[Story]:
    soon, late = cast.RECORDING_DUE
    just, waiting = cast.BOOKING_DUE
    return [
        _chain(sent(world, soon, 6), read(world, soon, 2)),
        _chain(sent(world, late, 12), read(world, late, 8)),
        *(
            _chain(sent(world, who, 9), read(world, who, 6), recorded(world, who, 4 - place * 0.7, video=place < 3))
            for place, who in enumerate(cast.RECORDING_IN_REVIEW)
        ),
        *(_recorded(world, who, 6, level=2) for who in cast.RECORDING_DECISION),
        _recorded(world, just, 2),
        _recorded(world, waiting, 4),
        *(_chain(_recorded(world, who, 4), booked(world, who, 3, talk=-1)) for who in cast.BOOKED),
        _chain(_recorded(world, cast.SCORECARD_DUE, LAST_BOOKED + 1), _booked_last(world, cast.SCORECARD_DUE)),
        *(
            _chain(_recorded(world, who, 8), booked(world, who, 7, talk=world.workday(3)), talked(world, who))
            for who in cast.FINAL_DECISION
        ),
    ]


def _recorded(world: World, who: Applicant, day: int, *, level: int = 3) -> Story:
    """Everything up to the review of the recording on this day."""
    yield from sent(world, who, day + 5)
    yield from read(world, who, day + 3)
    yield from recorded(world, who, day + 1, video=level < 3)
    yield from reviewed(world, who, day, level=level)


def _booked_last(world: World, who: Applicant) -> Story:
    """The last time that is over: of that talk, the scorecard is due."""
    yield from booked(world, who, LAST_BOOKED, after=world.last_talk(HOURS, TALK))


def _withdraws(world: World, who: Applicant) -> Story:
    yield from sent(world, who, 10)
    yield world.ago(7, 20)
    reason = "I found work closer to home."
    withdraw_application(world.of(who), by=world.of(who).person_id, now=world.now, reason=reason)


def _is_not_selected(world: World, who: Applicant) -> Story:
    yield from sent(world, who, 13)
    yield from read(world, who, 9)
    yield world.ago(8, 15)
    reason = "Answers stayed general in both readings; suggested to apply again next season."
    decline_candidate(world.of(who), by=world.member(MANAGER.key).id, now=world.now, reason=reason)


# ---- people who ask ---------------------------------------------------------------------------------


def _questions(world: World) -> list[Story]:
    return [_asks(world, *words) for words in ASKED] + [_needs_captions(world, cast.BOOKING_DUE[1])]


ASKED = (
    (3, "question", "jordan.ames", "I move to Rolla in March. Can I apply now and start in summer?"),
    (1, "question", "dina.kowalski", "My transcript is from another country. Is a translation needed?"),
    (2, "eligibility", "morgan.lee", "I hold an MSW, and my license lapsed in 2019. Could a person look?"),
)  # fmt: skip


def _asks(world: World, day: float, kind: str, key: str, body: str) -> Story:
    yield world.ago(day, 20)
    ask_for_help(kind, email=f"{key}@{DOMAIN}", body=body, opening=world.opening, now=world.now)


def _needs_captions(world: World, who: Applicant) -> Story:
    yield world.ago(2, 12)
    application = world.of(who)
    body = "Captions during the talk would help me."
    ask_for_adjustment(application, ["captions"], body, by=application.person_id, now=world.now)


# ---- routing and offices --------------------------------------------------------------------------


def _offices(world: World) -> list[Story]:
    first = (cast.NADIA, cast.MARCUS, cast.JONAH, cast.SIMONE)
    second = (cast.ELLIOT, cast.HANNAH, cast.DIEGO, cast.BEA)
    return [
        *(to_the_offices(world, who, 19) for who in first),
        *(to_the_offices(world, who, 12) for who in second),
        *(to_the_offices(world, who, 8) for who in (cast.CARMEN, cast.THEO)),
        _first_round(world),
        _second_round(world),
        _nadia(world),
        _marcus(world),
        _jonah(world),
        _hannah(world),
    ]


def _route(world: World) -> None:
    run_routing(world.opening, occasion="inputs changed", by=worker("route_candidates"), now=world.now)


def _release(world: World, *people: Applicant) -> None:
    for who in people:
        proposal = open_proposal_of(world.of(who).id)
        assert proposal is not None, who.name
        release_proposal(proposal, by=world.member(MANAGER.key).id, now=world.now)


def _first_round(world: World) -> Story:
    yield world.ago(14, 15)
    _route(world)
    yield world.ago(13, 9)
    _release(world, cast.NADIA, cast.MARCUS, cast.JONAH, cast.SIMONE)


def _second_round(world: World) -> Story:
    yield world.ago(7, 15)
    _route(world)
    yield world.ago(6, 9)
    _release(world, cast.HANNAH, cast.DIEGO)
    yield world.ago(4, 16)
    proposal = open_proposal_of(world.of(cast.DIEGO).id)
    assert proposal is not None
    supervisor = world.member("vincent.shaw")
    reason = "We need somebody who can drive to three counties from the first week."
    decline_placement(proposal, reason_code="needs", reason=reason, by=supervisor.id, now=world.now)
    yield world.ago(2, 15)
    _route(world)
    yield world.ago(2, 16)
    _release(world, cast.ELLIOT)
    yield world.present - timedelta(hours=1)
    _route(world)


def _met_and_approved(world: World, who: Applicant, supervisor: str, met: float, approved: datetime) -> Story:
    person = world.member(supervisor)
    yield world.ago(met, 13)
    proposal = open_proposal_of(world.of(who).id)
    assert proposal is not None
    held = world.now.date()
    record_meeting(proposal, held_on=held, meeting_format="in_person", notes=MET, by=person.id, now=world.now)
    yield approved
    approve_placement(proposal, by=person.id, now=world.now)


MET = "Met two of our attorneys and the office manager. Asked good questions about the jail visits."


def _nadia(world: World) -> Story:
    yield from _met_and_approved(world, cast.NADIA, "irene.mcbride", 11, world.ago(10, 10))
    yield world.ago(7, 19)
    offer = open_offer_of(world.of(cast.NADIA).id)
    assert offer is not None
    accept_offer(offer, by=offer.application.person_id, now=world.now)


def _marcus(world: World) -> Story:
    yield from _met_and_approved(world, cast.MARCUS, "dale.everett", 6, world.ago(5, 14))


def _jonah(world: World) -> Story:
    yield from _met_and_approved(world, cast.JONAH, "vincent.shaw", 12, world.ago(11, 16))
    yield world.ago(8, 20)
    offer = open_offer_of(world.of(cast.JONAH).id)
    assert offer is not None
    reason = "My family is moving to Kansas City."
    decline_offer(offer, route_again=False, reason=reason, by=offer.application.person_id, now=world.now)


def _hannah(world: World) -> Story:
    approved = world.present - timedelta(hours=5)
    yield from _met_and_approved(world, cast.HANNAH, "dale.everett", 3, approved)


def _chain(*stories: Story) -> Story:
    for story in stories:
        yield from story
