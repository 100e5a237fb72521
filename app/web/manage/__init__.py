"""The pages of one audience: `manage`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.manage import notices

blueprint = Blueprint("manage", __name__)

TOPICS: tuple[Blueprint, ...] = (notices.bp,)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
