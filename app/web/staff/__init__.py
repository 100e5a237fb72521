"""The pages of readers, reviewers and interviewers. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.staff import home, media, passing, reading, recordings, resumes, scorecards, slots

blueprint = Blueprint("staff", __name__)

TOPICS: tuple[Blueprint, ...] = (
    home.bp,
    media.bp,
    passing.bp,
    reading.bp,
    recordings.bp,
    resumes.bp,
    scorecards.bp,
    slots.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
