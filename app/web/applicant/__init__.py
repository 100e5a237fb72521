"""The pages of one audience: `applicant`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.applicant import (
    access,
    adjustments,
    answers,
    applications,
    background,
    bookings,
    contact,
    documents,
    eligibility,
    letters,
    meetings,
    offers,
    ranking,
    recording_deletion,
    recording_slices,
    review,
    say_no,
    sent,
    status,
    tasks,
    withdraw,
)

blueprint = Blueprint("applicant", __name__)

TOPICS: tuple[Blueprint, ...] = (
    applications.bp,
    tasks.bp,
    contact.bp,
    eligibility.bp,
    documents.bp,
    background.bp,
    answers.bp,
    ranking.bp,
    recording_slices.bp,
    bookings.bp,
    adjustments.bp,
    review.bp,
    status.bp,
    sent.bp,
    meetings.bp,
    say_no.bp,
    offers.bp,
    letters.bp,
    withdraw.bp,
    access.bp,
    recording_deletion.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
