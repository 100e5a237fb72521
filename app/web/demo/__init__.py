"""The pages of one audience: `demo`. Each topic is a blueprint of its own, nested here.

create_app registers them only where the setting DEMO is on.
"""

from __future__ import annotations

from flask import Blueprint

from app.web.demo import again, bar, clock, inbox, people, start, story
from app.web.shell import DEMO_BARS

blueprint = Blueprint("demo", __name__)

TOPICS: tuple[Blueprint, ...] = (
    start.bp,
    people.bp,
    story.bp,
    again.bp,
    clock.bp,
    inbox.bp,
)
for topic in TOPICS:
    blueprint.register_blueprint(topic)

if bar.demo_bar not in DEMO_BARS:
    DEMO_BARS.append(bar.demo_bar)
