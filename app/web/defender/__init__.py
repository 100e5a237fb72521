"""The pages of one audience: `defender`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.defender import delegates, facts, home, log, meetings, packets, placements, seats

blueprint = Blueprint("defender", __name__)

TOPICS: tuple[Blueprint, ...] = (
    home.bp,
    placements.bp,
    meetings.bp,
    packets.bp,
    facts.bp,
    seats.bp,
    delegates.bp,
    log.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
