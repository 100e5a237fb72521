"""The bar on top of every page of the demo: who one is, what time it is, and how to go on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.adapters.clock import now
from app.domain.demo_people import FIVE, OTHERS
from app.domain.demo_story import Act, next_act
from app.queries.demo import invented_person, mayas_situation
from app.web.shell import clock_time, short_day, when


@dataclass(frozen=True, slots=True)
class DemoBar:
    """What templates/components/demo_bar.html shows."""

    person: str
    role: str
    clock_text: str
    clock_full: str
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
    situation = mayas_situation(now=now())
    act = None if situation is None else next_act(situation, now())
    # The demo offers to do a step to whoever's step it is.
    skips = act is not None and known and act.person_id == current_user.id
    return DemoBar(
        person=current_user.name if known else "",
        role=role_of(current_user.email) if known else "",
        clock_text=f"{short_day(now())}, {clock_time(now())}",
        clock_full=when(now()),
        advance_url=url_for("demo.clock.move"),
        inbox_url=url_for("demo.inbox.index"),
        people_url=url_for("demo.start.show"),
        next_url=url_for("demo.story.go_on") if situation is not None else "",
        next_label=_next_label(act),
        story_url=url_for("demo.story.show") if situation is not None else "",
        skip_url=url_for("demo.story.shortcut"),
        skip_label=_("Do this step for me") if act is not None and act.shortcut and skips else "",
    )


def _next_label(act: Act | None) -> str:
    if act is None:
        return _("See how it ended")
    person = None if act.by_itself else invented_person(act.person_id)
    return _("Go on") if person is None else _("Continue as %(name)s", name=person.name.split(" ")[0])


def role_of(email: str) -> str:
    """Return what one of the demo's people is, in words."""
    for member in (*FIVE, *OTHERS):
        if member.email == email:
            return _(member.title)
    return _("Applicant")
