"""The pages of one audience: `applicant`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("applicant", __name__)

TOPICS: tuple[Blueprint, ...] = ()
for topic in TOPICS:
    blueprint.register_blueprint(topic)
