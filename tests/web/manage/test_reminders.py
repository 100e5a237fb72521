"""The reminders of an opening, as a manager changes them."""

import re
from html import unescape

from flask import Flask

from app.domain.access import Role
from app.domain.reminders import OCCASIONS
from app.queries.schedules import schedule_of
from tests.factories import make_draft, make_opening, make_staff, sign_in


def fields(page: str) -> dict[str, str]:
    """What the form on the page would send."""
    main = page[page.index("<main") :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', main, re.DOTALL):
        found[name] = re.search(r'<option selected value="([^"]+)"', inner)[1]  # type: ignore[index]
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
