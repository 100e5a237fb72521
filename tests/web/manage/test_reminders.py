"""The reminders of an opening, as a manager changes them."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.reminders import OCCASIONS, Occasion
from app.domain.schedules import MOST_REMINDERS, is_added
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Notice
from app.queries.schedules import schedule_of
from app.services.reminders import send_due_reminders
from app.web.manage.reminder_rows import when_words
from tests.factories import make_draft, make_opening, make_staff, sign_in


@dataclass(frozen=True)
class World:
    client: FlaskClient
    address: str
    opening: UUID
    names: tuple[str, ...]


@pytest.fixture
def world(app: Flask) -> World:
    with app.app_context():
        opening = make_opening()
        manager, key = make_staff(opening, Role.MANAGER).id, opening.id
        names = tuple(make_draft(opening).person.name for _ in range(2))
    return World(sign_in(app.test_client(), manager), f"/manage/openings/{key}/reminders", key, names)


def fields(page: str) -> dict[str, str]:
    """What the form on the page would send."""
    main = page[page.index("<main") :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', main, re.DOTALL):
        found[name] = re.search(r'<option selected value="([^"]*)"', inner)[1]  # type: ignore[index]
    return found


def test_a_manager_sees_who_would_get_what_before_the_schedule_is_saved(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        manager, key = make_staff(opening, Role.MANAGER).id, opening.id
        name = make_draft(opening).person.name
    client = sign_in(app.test_client(), manager)
    address = f"/manage/openings/{key}/reminders"
    assert address in client.get(f"/manage/openings/{key}").text
    page = client.get(address).text
    typed = fields(page)
    assert (typed["draft-1-from"], typed["draft-1-from_unit"], typed["draft-1-on"]) == ("2", "days", "y")
    assert (typed["recording_due-1-from"], typed["recording_due-1-from_unit"]) == ("3", "days_before")
    # Nothing typed, nothing changed.
    assert client.post(address, data={**typed, "do": "save"}).status_code == 302
    with app.app_context():
        assert schedule_of(key).keys() == OCCASIONS.keys()
    wrong = client.post(
        address, data={**typed, "draft-1-from": "9", "draft-2-every": "0.001", "offer_sent-1-from": "x"}
    )
    assert wrong.status_code == 422
    for sentence in ("Enter a number of days, or leave it empty.", "Enter a whole number, such as 45."):
        assert sentence in wrong.text
    wrong = client.post(address, data={**typed, "draft-1-from": "9"})
    assert "The end comes after the beginning." in wrong.text and 'value="9"' in wrong.text
    typed["draft-1-from"], typed["booking_due-2-on"] = "1", ""
    del typed["booking_due-2-on"]
    preview = client.post(address, data=typed)
    assert preview.status_code == 200
    assert name in preview.text and "Reminders of the next 7 days" in preview.text
    with app.app_context():
        assert schedule_of(key)["draft"][0].moment.days == 2
    carried = fields(preview.text)
    assert {key_: value for key_, value in carried.items() if value} == {
        key_: value for key_, value in typed.items() if value
    }
    again = client.post(address, data={**carried, "do": "edit"})
    assert again.status_code == 200 and fields(again.text)["draft-1-from"] == "1"
    assert client.post(address, data={**carried, "do": "save"}).location == address
    assert client.post(address, data={**carried, "do": "save"}).status_code == 409
    with app.app_context():
        schedule = schedule_of(key)
        assert (schedule["draft"][0].moment.days, schedule["booking_due"][1].is_on) == (1, False)


def test_a_reminder_is_added_looked_at_saved_sent_once_and_taken_away(app: Flask, world: World) -> None:
    typed = {**fields(world.client.get(world.address).text), "draft-1-from": "3"}
    page = world.client.post(world.address, data={**typed, "do": "add:draft"})
    assert page.status_code == 200 and 'id="draft-new1"' in page.text
    typed = fields(page.text)
    # What was typed stays; the words, of which there is one choice, are chosen.
    chosen = [typed[name] for name in ("draft-1-from", "draft-new1-words", "draft-new1-from_unit", "draft-new1-on")]
    assert chosen == ["3", "draft_reminder applicant", "days", "y"]
    wrong = world.client.post(world.address, data=typed)
    assert wrong.status_code == 422 and wrong.text.count("Enter a whole number from 0 to 365.") >= 2
    typed |= {"draft-new1-from": "3", "draft-new1-until": "6"}
    wrong = world.client.post(world.address, data=typed)
    assert wrong.status_code == 422 and "At this time the same words go to the same recipient already" in wrong.text
    typed["draft-new1-from"] = "4"
    preview = world.client.post(world.address, data=typed)
    assert preview.status_code == 200 and world.names[0] in preview.text
    main = preview.text[preview.text.index("What changes") :]
    assert "first 4 days after, not later than 6 days after" in main
    row = r'<tr>(?:(?!</tr>).)*is-done">New</span>(?:(?!</tr>).)*<td class="n"[^>]*>2</td>'
    assert len(re.findall(row, main, re.DOTALL)) == 2  # what changes, and who would get what
    with app.app_context():
        assert len(schedule_of(world.opening)["draft"]) == 2
    assert world.client.post(world.address, data={**fields(preview.text), "do": "save"}).location == world.address
    with app.app_context():
        added = schedule_of(world.opening)["draft"][2]
        assert is_added(added.name) and (added.moment.days, added.end.days) == (4, 6)
        counts = []
        for days in (2.5, 3.5, 3.9, 4.1, 4.2, 5.9, 6.5, 7.1):
            with transaction():
                send_due_reminders(now=now() + timedelta(days=days))
            sent = db.session.scalars(select(Notice).where(Notice.kind == "draft_reminder")).all()
            counts.append(len(sent))
        assert counts == [0, 2, 2, 4, 4, 4, 4, 6]
        last = ["this is our last reminder" in message_of(notice).text for notice in sent]
        assert sorted(last) == [False] * 4 + [True] * 2
    _takes_away(app, world)


def _takes_away(app: Flask, world: World) -> None:
    page = world.client.get(world.address).text
    key = re.search(r'value="away:(draft-a[0-9a-f]{12})"', page)[1]  # type: ignore[index]
    assert 'value="away:draft-1"' not in page
    typed = {**fields(page), "booking_due-1-from": "1"}
    away = world.client.post(world.address, data={**typed, "do": f"away:{key}"}).text
    assert f'value="keep:{key}"' in away and f'name="{key}-from"' not in away
    kept = fields(world.client.post(world.address, data={**fields(away), "do": f"keep:{key}"}).text)
    assert (kept[f"{key}-from"], kept[f"{key}-on"], kept["booking_due-1-from"]) == ("4", "y", "1")
    # A reminder of the opening is not taken away, whatever is sent.
    assert "draft-1-from" in fields(world.client.post(world.address, data={**typed, "do": "away:draft-1"}).text)
    preview = world.client.post(world.address, data=fields(away))
    assert "Taken away" in preview.text
    assert world.client.post(world.address, data={**fields(preview.text), "do": "save"}).status_code == 302
    with app.app_context():
        schedule = schedule_of(world.opening)
        assert ([one.name for one in schedule["draft"]], schedule["booking_due"][0].moment.days) == (
            ["2 days", "7 days"], 1,
        )  # fmt: skip


def test_what_another_manager_has_added_meanwhile_stays_and_is_seen(app: Flask, world: World) -> None:
    start = fields(world.client.get(world.address).text)

    def add(wait: str, typed: dict[str, str], **more: str) -> dict[str, str]:
        page = world.client.post(world.address, data={**typed, "do": f"add:{wait}"}).text
        return fields(page) | {f"{wait}-new1-{part}": value for part, value in more.items()}

    mine = add("placement_in_review", start, **{"from": "9", "until": "12"})
    assert mine["placement_in_review-new1-words"] == ""
    wrong = world.client.post(world.address, data=mine)
    assert wrong.status_code == 422 and "Choose the words, and to whom." in wrong.text
    mine["placement_in_review-new1-words"] = "office_escalated managers"
    theirs = add("offer_sent", start, **{"from": "1", "until": "0"})
    assert theirs["offer_sent-new1-from_unit"] == "days_before"
    assert world.client.post(world.address, data={**theirs, "do": "save"}).status_code == 302
    late = world.client.post(world.address, data=mine)
    assert late.status_code == 409 and "Somebody else has changed these reminders meanwhile" in late.text
    mine = fields(late.text)
    assert mine["placement_in_review-new1-from"] == "9"
    assert [value for name, value in mine.items() if name.startswith("offer_sent-a") and name.endswith("-from")] == [
        "1"
    ]
    assert world.client.post(world.address, data={**mine, "do": "save"}).status_code == 302
    with app.app_context():
        schedule = schedule_of(world.opening)
        assert [len(schedule[wait]) for wait in ("offer_sent", "placement_in_review")] == [3, 4]
    # A row that was not saved goes at once; there is an end to them.
    page = world.client.get(world.address)
    for _ in range(MOST_REMINDERS):
        page = world.client.post(world.address, data={**fields(page.text), "do": "add:draft"})
    assert page.text.count('value="away:draft-new') == MOST_REMINDERS - 2
    assert "There are as many reminders here as there can be." in page.text and 'value="add:draft"' not in page.text
    page = world.client.post(world.address, data={**fields(page.text), "do": "away:draft-new3"})
    assert page.text.count('value="away:draft-new') == MOST_REMINDERS - 3
    for value in ("\0", "9" * 30, "NaN", "²", "x" * 5000, "office_overdue managers", "-1"):
        parts = ("words", "from", "from_unit", "until", "until_unit", "every", "on", "away")
        nothing = {f"draft-new1-{part}": value for part in parts}
        assert (
            world.client.post(
                world.address, data={**fields(world.client.get(world.address).text), **nothing}
            ).status_code
            == 422
        )
    for nonsense in ("add:nothing", "away:nothing", "keep:", ":"):
        assert world.client.post(world.address, data={**start, "do": nonsense}).status_code == 200


def test_the_times_of_a_reminder_are_said_in_words(app: Flask) -> None:
    hour = timedelta(hours=1)
    talk = Occasion("x", "x", -24 * hour, 0 * hour, to_deadline=True)
    begun = Occasion("x", "x", 0 * hour, 49 * hour, every=24 * hour)
    with app.test_request_context():
        assert [when_words(one) for one in (talk, begun, replace(begun, moment=hour, every=36 * hour))] == [
            "first 1 day before, not later than at its date",
            "first at its start, not later than 49 hours after, again every day",
            "first 1 hour after, not later than 49 hours after, again every 36 hours",
        ]
