"""The pages of one audience: `public`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.public import eligibility, feeds, help, home, openings, privacy, probes, process

blueprint = Blueprint("public", __name__)

TOPICS: tuple[Blueprint, ...] = (
    home.bp,
    openings.bp,
    eligibility.bp,
    process.bp,
    privacy.bp,
    help.bp,
    feeds.bp,
    probes.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
