"""The pages of one audience: `manage`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.manage import (
    addresses,
    audit,
    help,
    holds,
    identity,
    letters,
    many,
    notices,
    offers,
    offices,
    openings,
    operations,
    overrides,
    people,
    placements,
    reminders,
    reports,
    scenarios,
    seats,
    work,
)

blueprint = Blueprint("manage", __name__)

TOPICS: tuple[Blueprint, ...] = (
    work.bp,
    # The blueprint of the candidates' pages; deciding about one (decisions.py) and about many add theirs.
    many.bp,
    help.bp,
    notices.bp,
    addresses.bp,
    openings.bp,
    reminders.bp,
    offices.bp,
    people.bp,
    # The blueprint of the runs; releases.py and seats.py add their pages to it.
    seats.bp,
    overrides.bp,
    # The blueprint of the what-ifs: asking for one (whatif.py), and what is stored of it (scenarios.py).
    scenarios.bp,
    reports.bp,
    offers.bp,
    letters.bp,
    placements.bp,
    audit.bp,
    operations.bp,
    holds.bp,
    identity.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
