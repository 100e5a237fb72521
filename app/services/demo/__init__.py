"""The demo's invented program, made through the same services as real data."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from app.domain.demo_people import MAYA
from app.domain.program_file import parse_program
from app.queries.people import person_by_email
from app.services.demo.mails import hold_past_mails
from app.services.demo.plot import stories_of
from app.services.demo.world import ensure_review, invite_staff, play, world_of
from app.services.program import load_program

PROGRAMS = Path(__file__).resolve().parents[2] / "programs"
BEGINS_BEFORE = timedelta(days=25)


def prepare_demo(*, now: datetime) -> bool:
    """Load the openings and play the last three weeks; return False where that was done before.

    All of it belongs to the caller's one transaction: half a demo never exists.
    """
    for path in sorted(PROGRAMS.glob("*.yaml")):
        load_program(parse_program(path.read_text(encoding="utf-8")), now=now - BEGINS_BEFORE)
    if person_by_email(MAYA.email) is not None:
        return False
    world = world_of(now)
    invite_staff(world, now=now - BEGINS_BEFORE)
    play(world, stories_of(world))
    ensure_review(world)
    hold_past_mails(now=now)
    return True
