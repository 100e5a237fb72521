"""What a card says of the person's waiting task, and where it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext

from app.adapters.clock import now
from app.domain.demo_people import FIVE, MAYA, Member
from app.domain.demo_story import Act, next_act
from app.domain.demo_tasks import Task, task_of
from app.domain.pipeline import STATES
from app.queries.demo import mayas_situation
from app.queries.demo_tasks import duties_of
from app.web.redirects import url_where_there_is_one

if TYPE_CHECKING:
    from app.models.person import Person

_WORDS: Mapping[str, Callable[[int], str]] = {
    "answers": lambda count: ngettext(
        "%(num)d short answer to score, without its writer’s name.",
        "%(num)d short answers to score, without their writers’ names.",
        count,
    ),
    "resumes": lambda count: ngettext("%(num)d résumé to read.", "%(num)d résumés to read.", count),
    "recordings": lambda count: ngettext(
        "%(num)d recorded interview to watch and score.", "%(num)d recorded interviews to watch and score.", count
    ),
    "scorecards": lambda count: ngettext(
        "%(num)d scorecard to send, of an interview that was held.",
        "%(num)d scorecards to send, of interviews that were held.",
        count,
    ),
    "proposals": lambda count: ngettext(
        "%(num)d placement proposal to release to its office.",
        "%(num)d placement proposals to release to their offices.",
        count,
    ),
    "decisions": lambda count: ngettext(
        "%(num)d candidate to decide about.", "%(num)d candidates to decide about.", count
    ),
    "questions": lambda count: ngettext("%(num)d question to answer.", "%(num)d questions to answer.", count),
    "placements": lambda count: ngettext(
        "%(num)d person waits for the office’s decision.", "%(num)d people wait for the office’s decision.", count
    ),
}


def waiting_task(member: Member, person: Person) -> tuple[str, bool]:
    """Return what waits for one of the five in words, and whether anything does."""
    if member.email == MAYA.email:
        return _mayas_task(person)
    task = _task(member, person)
    return (_("Everything is done for now."), False) if task is None else (_WORDS[task.key](task.count), True)


def page_of_task(person: Person) -> str | None:
    """Return the page of the person's first waiting task; None for whoever is not of the five or has none."""
    member = next((each for each in FIVE if each.email == person.email), None)
    if member is None:
        return None
    if member.email == MAYA.email:
        return _mayas_page(person)
    task = _task(member, person)
    return None if task is None else url_where_there_is_one(task.endpoint, **task.values)


def _task(member: Member, person: Person) -> Task | None:
    return None if member.role is None else task_of(member.role, duties_of(person, now=now()))


def _mayas_act(person: Person) -> Act | None:
    situation = mayas_situation(now=now())
    act = None if situation is None else next_act(situation, now())
    return act if act is not None and act.person_id == person.id else None


def _mayas_task(person: Person) -> tuple[str, bool]:
    act = _mayas_act(person)
    if act is not None:
        return _(act.text, **act.details), True
    situation = mayas_situation(now=now())
    if situation is None:
        return _("Everything is done for now."), False
    state = STATES[situation.state]
    return _("Nothing for her to do now. Her application: %(state)s.", state=_(state.label)), False


def _mayas_page(person: Person) -> str | None:
    act = _mayas_act(person)
    if act is not None:
        return url_where_there_is_one(act.endpoint, **act.values)
    situation = mayas_situation(now=now())
    if situation is None:
        return None
    return url_where_there_is_one("applicant.status.show", application_id=situation.application_id)
