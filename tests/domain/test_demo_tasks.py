"""A card names the first duty that waits, in the order in which the role does them."""

from uuid import uuid4

import pytest

from app.domain.access import Role
from app.domain.demo_people import FIVE
from app.domain.demo_tasks import Duty, task_of

FIRST = uuid4()
ALL = {
    key: Duty(3, FIRST)
    for key in ("answers", "resumes", "recordings", "scorecards", "proposals", "decisions", "questions", "placements")
}


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        (Role.READER, ["answers", "resumes", "recordings"]),
        (Role.INTERVIEWER, ["recordings", "scorecards"]),
        (Role.MANAGER, ["proposals", "decisions", "questions"]),
        (Role.SUPERVISOR, ["placements"]),
    ],
)
def test_duties_come_one_after_the_other_until_all_is_done(role: Role, keys: list[str]) -> None:
    duties, found = dict(ALL), []
    while (task := task_of(role, duties)) is not None:
        found.append(task.key)
        assert task.count == 3
        duties[task.key] = Duty(0)
    assert found == keys
    assert task_of(role, {}) is None


def test_a_task_leads_to_the_first_thing_or_to_the_list() -> None:
    reading, releasing = task_of(Role.READER, ALL), task_of(Role.MANAGER, ALL)
    assert reading is not None and releasing is not None
    assert (dict(reading.values), dict(releasing.values)) == ({"question_id": FIRST}, {})


def test_each_of_the_five_has_duties_to_name_but_the_applicant() -> None:
    assert [member.name for member in FIVE if member.role is None or task_of(member.role, ALL) is None] == [
        "Maya Torres"
    ]
