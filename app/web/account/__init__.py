"""The pages of one audience: `account`. Each topic is a blueprint of its own, nested here."""

from __future__ import annotations

from flask import Blueprint

from app.web.account import home, invitation, second_factor, sign_in, sign_out

blueprint = Blueprint("account", __name__)

TOPICS: tuple[Blueprint, ...] = (
    home.bp,
    sign_in.bp,
    sign_out.bp,
    invitation.bp,
    second_factor.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)
