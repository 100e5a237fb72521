"""The mails of the last gate, rendered from what the services owe."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.emails.messages import Message, message_of
from app.extensions import db, transaction
from app.models import Application, Notice, Offer, Proposal
from app.services.offers import accept_offer, close_without_seat, decline_offer, tell_seats_taken
from app.services.placements import decline_placement, defer_placement
from tests.factories import make_waiting
from tests.placing import World, make_world


def _messages(kind: str) -> list[Message]:
    return [message_of(notice) for notice in db.session.scalars(select(Notice).where(Notice.kind == kind))]


def _person(world: World) -> Application:
    return db.session.get_one(Application, world.application)


def test_the_office_reads_how_many_wait_and_nothing_about_them(app: Flask) -> None:
    make_world(app)
    with app.app_context():
        (mail,) = _messages("office_waiting")
        assert mail.subject == "1 person is waiting for Rolla"
        assert "within 10 days" in mail.text
        assert "/defender" in mail.text
        assert "Maya" not in mail.text + mail.subject
        (mail,) = _messages("office_considering")
        assert "Rolla" in mail.text
        assert mail.subject == "An office is considering you"


def test_offer_and_its_answers(app: Flask) -> None:
    world = make_world(app, "offered")
    with app.app_context():
        (mail,) = _messages("offer_sent")
        assert f"/applications/{world.application}/offer" in mail.text
        assert "Please answer by" in mail.text and "Central" in mail.text
        offer = db.session.scalars(select(Offer)).one()
        with transaction():
            accept_offer(offer, by=world.applicant, now=now())
        (mail,) = _messages("offer_accepted")
        assert f"/applications/{world.application}/placement" in mail.text
        assert [mail.subject for mail in _messages("placement_confirmed")] == ["A placement in Rolla is confirmed"] * 2


def test_declined_offer_tells_office_and_manager(app: Flask) -> None:
    world = make_world(app, "offered")
    with app.app_context():
        with transaction():
            decline_offer(db.session.scalars(select(Offer)).one(), route_again=True, by=world.applicant, now=now())
        assert ["The person stays with us" in mail.text for mail in _messages("offer_declined")] == [True, True]


def test_declines_never_tell_the_reason(app: Flask) -> None:
    world = make_world(app)
    with app.app_context():
        with transaction():
            decline_placement(
                db.session.get_one(Proposal, world.proposal),
                reason_code="needs", reason="Secret reason", by=world.rolla, now=now(),
            )  # fmt: skip
        (mail,) = _messages("placement_declined")
        assert "The office in Rolla decided not to go on." in mail.text
        assert "Secret" not in mail.text
        with transaction():
            close_without_seat(_person(world), reason="Secret too", by=world.manager, now=now())
        (mail,) = _messages("not_approved")
        assert "every seat in the offices you ranked is taken" in mail.text
        assert "Secret" not in mail.text


def test_not_now_says_that_we_look_meanwhile(app: Flask) -> None:
    world = make_world(app)
    with app.app_context():
        with transaction():
            proposal = db.session.get_one(Proposal, world.proposal)
            defer_placement(proposal, not_before=now().date() + timedelta(days=60), by=world.rolla, now=now())
        (mail,) = _messages("placement_declined")
        assert "We look for a seat in the other offices you ranked now." in mail.text


def test_seats_taken_promises_nothing(app: Flask) -> None:
    world = make_world(app, "approved")
    with app.app_context():
        make_waiting(_person(world).opening, ranks=("rolla",))
        pool = db.session.get_one(Proposal, world.proposal).pool_id
        with transaction():
            assert tell_seats_taken(pool, now=now()) == 1
        (mail,) = _messages("seats_taken")
        assert mail.subject == "The seats in your offices are taken"
        assert "We cannot promise" in mail.text
