"""More people than seats: the pages say so, the last seat goes once, and the others are told the truth."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.extensions import db, transaction
from app.models import Proposal, SeatPool
from app.services.placements import record_meeting
from app.services.releases import release_proposals
from app.services.routing import run_routing
from tests.factories import make_opening, make_person, make_staff, make_waiting, sign_in
from tests.placing import today


def _two_for_one_seat(app: Flask) -> tuple[UUID, dict[str, UUID]]:
    """Maya and Noor are both met by Rolla, which has one seat after all. Returns the supervisor and the proposals."""
    with app.app_context():
        opening = make_opening(recorded=False, final=False, seats={"rolla": 2})
        manager = make_staff(opening, Role.MANAGER)
        rolla = make_staff(opening, Role.SUPERVISOR, office="rolla", name="Sam Supervisor")
        for name in ("Maya Example", "Noor Example"):
            make_waiting(opening, make_person(name), ranks=("rolla",))
        with transaction():
            run_routing(opening, occasion="test", by=By(worker="test"), now=now())
        proposals = list(db.session.scalars(select(Proposal)))
        with transaction():
            release_proposals(proposals, by=manager.id, now=now())
            for proposal in proposals:
                record_meeting(proposal, held_on=today(), meeting_format="video", by=rolla.id, now=now())
            db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one().seats = 1
        return rolla.id, {proposal.application.person.name.split()[0]: proposal.id for proposal in proposals}


def test_two_people_for_one_seat(app: Flask) -> None:
    rolla, proposals = _two_for_one_seat(app)
    client = sign_in(app.test_client(), rolla)
    maya, noor = (f"/defender/placements/{proposals[name]}" for name in ("Maya", "Noor"))
    words = "2 people are being met for 1 seat. Whoever is approved first takes it."
    for page in ("/defender", maya, noor, f"{maya}/approve"):
        assert words in client.get(page).get_data(as_text=True), page
    assert client.post(f"{maya}/approve", data={}).status_code == 302
    # The other one's pages say it before anybody tries, and a try is refused with the reason.
    assert "Every seat is taken now." in client.get("/defender").get_data(as_text=True)
    page = client.get(noor).get_data(as_text=True)
    assert "Every seat is taken now." in page
    assert f"{noor}/approve" not in page
    assert f"{noor}/not-now" in page
    assert "Maya" not in page
    assert "Every seat is taken now." in client.get(f"{noor}/approve").get_data(as_text=True)
    refused = client.post(f"{noor}/approve", data={})
    assert refused.status_code == 409
    assert "Every seat is taken, so this approval was not made" in refused.get_data(as_text=True)
    # Undone, the seat is free again.
    assert client.post(f"{maya}/undo").status_code == 302
    assert f"{noor}/approve" in client.get(noor).get_data(as_text=True)
    assert client.post(f"{noor}/approve", data={}).status_code == 302


def test_not_now_is_possible_when_every_seat_is_taken(app: Flask) -> None:
    rolla, proposals = _two_for_one_seat(app)
    client = sign_in(app.test_client(), rolla)
    assert client.post(f"/defender/placements/{proposals['Maya']}/approve", data={}).status_code == 302
    answer = client.post(
        f"/defender/placements/{proposals['Noor']}/not-now", data={"not_before": f"{today().year + 1}-12-01"}
    )
    assert answer.status_code == 302
    assert "Nobody is waiting for you" in client.get("/defender").get_data(as_text=True)


def test_as_many_seats_as_people_need_no_warning(app: Flask) -> None:
    rolla, proposals = _two_for_one_seat(app)
    with app.app_context(), transaction():
        db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one().seats = 2
    client = sign_in(app.test_client(), rolla)
    for page in ("/defender", f"/defender/placements/{proposals['Maya']}"):
        assert "being met" not in client.get(page).get_data(as_text=True)
