"""The bar on top of every page of the demo: who one is, what time it is, and how to go on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.adapters.clock import now
from app.domain.demo_people import FIVE, OTHERS
from app.domain.demo_story import next_act
from app.queries.demo import mayas_situation
from app.web.shell import when


@dataclass(frozen=True, slots=True)
class DemoBar:
    """What templates/components/demo_bar.html shows."""

    person: str
    role: str
    clock_text: str
    advance_url: str
    inbox_url: str
    people_url: str
    next_url: str
    next_label: str
    story_url: str = ""
    skip_url: str = ""
    skip_label: str = ""


def demo_bar() -> DemoBar:
    """Return the bar of this request."""
    known = current_user.is_authenticated
    situation = mayas_situation()
    act = None if situation is None else next_act(situation, now())
    # The demo offers to do a step to whoever's step it is.
    skips = act is not None and known and act.person_id == current_user.id
    return DemoBar(
        person=current_user.name if known else "",
        role=role_of(current_user.email) if known else "",
        clock_text=when(now()),
        advance_url=url_for("demo.clock.move"),
        inbox_url=url_for("demo.inbox.index"),
        people_url=url_for("demo.start.show"),
        next_url=url_for("demo.story.go_on") if situation is not None else "",
        next_label=_("Continue as the next person") if act is not None else _("See how it ended"),
        story_url=url_for("demo.story.show") if situation is not None else "",
        skip_url=url_for("demo.story.shortcut"),
        skip_label=_(act.shortcut_label) if act is not None and act.shortcut and skips else "",
    )


def role_of(email: str) -> str:
    """Return what one of the demo's people is, in words."""
    for member in (*FIVE, *OTHERS):
        if member.email == email:
            return _(member.title)
    return _("Applicant")
