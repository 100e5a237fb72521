"""Schedules that an opening has changed: repetition, what is off, what is new, and what makes no sense."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.courtesy import REMINDERS
from app.domain.reminders import (
    OCCASIONS,
    OFFICE_DECIDES,
    OTHER,
    WITH_DEADLINE,
    Occasion,
    Recipient,
    coming,
    due,
    escalates_after,
    next_moment,
    times_reminded,
    warning_of,
)
from app.domain.schedules import (
    WAITS,
    Change,
    added_name,
    changes_of,
    choices_for,
    clashes,
    fingerprint,
    is_added,
    is_unsaved,
    name_until_saved,
    occasion_faults,
    repeated_names,
    same_rule,
    token_of,
    words_for,
)

START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = OCCASIONS["draft"][0]


def found(occasion: Occasion, **after: float) -> list[tuple[str, str]]:
    ones = due("draft", START, START + timedelta(**after), schedule={"draft": (occasion,)})
    return [(one.name, one.step) for one in ones]


def test_every_wait_has_words_and_every_reminder_waits_for_the_morning() -> None:
    assert set(WAITS) == set(OCCASIONS)
    assert {occasion.kind for ones in OCCASIONS.values() for occasion in ones} - set(REMINDERS) == set()
    assert [
        occasion_faults(wait, one) for wait, ones in OCCASIONS.items() for one in ones if occasion_faults(wait, one)
    ] == []
    assert [wait for wait, ones in OCCASIONS.items() if repeated_names(ones)] == []


def test_a_reminder_comes_again_until_its_end_each_time_by_its_own_name() -> None:
    again = replace(FIRST, every=2 * DAY)  # after 2, 4 and 6 days
    assert [found(again, days=days) for days in (1, 2, 3.9, 4, 6.9, 7)] == [
        [], [("2 days", "2 days")], [("2 days", "2 days")], [("2 days +1", OTHER)], [("2 days +2", OTHER)], [],
    ]  # fmt: skip


def test_what_is_off_does_not_come_and_other_times_have_other_words() -> None:
    assert found(replace(FIRST, is_on=False), days=3) == []
    assert found(replace(FIRST, moment=DAY), days=1) == [("2 days", OTHER)]


def test_what_was_due_before_it_was_put_in_force_is_not_caught_up_on() -> None:
    late = replace(FIRST, in_force_since=START + timedelta(days=2, hours=1))
    assert found(late, days=3) == []
    assert found(replace(late, every=DAY), days=3) == [("2 days +1", OTHER)]


def test_after_a_date_the_words_speak_of_one_that_has_passed() -> None:
    rule = replace(OCCASIONS["recording_due"][0], every=DAY, end=2 * DAY)  # from three days before to a day after
    steps = [
        due(
            "recording_due",
            START,
            START + (11 + day) * DAY,
            deadline=START + 14 * DAY,
            schedule={"recording_due": (rule,)},
        )
        for day in range(5)
    ]
    assert [one.step for ones in steps for one in ones] == ["3 days before", OTHER, OTHER, "overdue", "overdue"]
    talk = OCCASIONS["final_interview_booked"][1]
    assert [part for part, _ in occasion_faults("final_interview_booked", replace(talk, end=DAY))] == ["until"]
    assert [part for part, _ in occasion_faults("final_interview_booked", replace(talk, moment=DAY, end=2 * DAY))] == [
        "from"
    ]


def test_what_makes_no_sense_is_said_at_its_part() -> None:
    def parts(wait: str = "draft", **changes: object) -> list[str]:
        return [part for part, _ in occasion_faults(wait, replace(FIRST, **changes))]  # type: ignore[arg-type]

    assert parts() == []
    assert parts("offer_sent") == ["words"]
    assert parts(to_deadline=True) == ["from"]
    assert parts(moment=-DAY) == ["from"]
    assert parts(end=DAY) == ["until"]
    assert parts(end=400 * DAY) == ["from"]
    assert parts(every=timedelta(minutes=5)) == ["every"]
    assert parts(every=timedelta(hours=1)) == ["every"]
    assert repeated_names([FIRST, FIRST]) == [1]
    assert same_rule(FIRST, replace(FIRST, in_force_since=START))
    assert fingerprint({"draft": [FIRST]}) != fingerprint({"draft": [replace(FIRST, is_on=False)]})


def test_of_the_same_words_to_the_same_recipient_only_the_latest_are_due() -> None:
    early = replace(FIRST, end=30 * DAY)  # from the second day on
    late = replace(FIRST, name="x", moment=4 * DAY, end=5 * DAY)
    other = replace(late, kind="booking_reminder", moment=3 * DAY)

    def names(days: float) -> list[str]:
        schedule = {"draft": (early, late, other)}
        return [one.name for one in due("draft", START, START + days * DAY, schedule=schedule)]

    assert [names(days) for days in (3, 4.5, 6)] == [["2 days", "x"], ["x", "x"], ["2 days"]]


def test_an_offices_silence_is_the_managers_matter_when_its_openings_reminders_say_so() -> None:
    three, five, seven = OCCASIONS[OFFICE_DECIDES]

    def schedule(*ones: Occasion) -> dict[str, tuple[Occasion, ...]]:
        return {OFFICE_DECIDES: ones}

    later = replace(seven, moment=9 * DAY, in_force_since=START + 20 * DAY)
    assert escalates_after(OCCASIONS) == 7 * DAY
    assert escalates_after(schedule(three, five, later)) == 9 * DAY
    assert escalates_after(schedule(three, seven, later)) == 7 * DAY
    assert escalates_after(schedule(three, replace(seven, is_on=False))) is None
    # Only the last reminder before it tells the office of it.
    assert [warning_of(OCCASIONS, START, START + days * DAY) for days in (3, 5, 7, 8)] == [
        None, START + 7 * DAY, None, None,
    ]  # fmt: skip
    assert warning_of(schedule(three, five), START, START + 5 * DAY) is None
    assert warning_of(schedule(replace(three, every=DAY), seven), START, START + 4 * DAY) == START + 7 * DAY
    assert [times_reminded(OCCASIONS, START, START + days * DAY) for days in (2, 3, 5, 9)] == [0, 1, 2, 2]
    assert {one.recipient for one in OCCASIONS[OFFICE_DECIDES]} == {Recipient.SUPERVISORS, Recipient.MANAGERS}


def test_what_is_added_has_a_name_of_its_own_and_is_known_by_it() -> None:
    assert [is_added(name) for name in (added_name("1f"), name_until_saved(1), "2 days")] == [True, True, False]
    assert (is_unsaved(added_name("1f")), is_unsaved(name_until_saved(1)), token_of(added_name("1f"))) == (
        False, True, "1f",
    )  # fmt: skip
    assert [set(choices_for(wait)) == words_for(wait) for wait in WAITS] == [True] * len(WAITS)
    new, off = replace(FIRST, name=added_name("1f"), moment=4 * DAY), replace(FIRST, is_on=False)
    after = {**OCCASIONS, "draft": (off, new)}
    assert changes_of(OCCASIONS, OCCASIONS) == []
    assert changes_of(OCCASIONS, after) == [
        Change("draft", "off", off), Change("draft", "new", new), Change("draft", "away", OCCASIONS["draft"][1]),
    ]  # fmt: skip
    assert [change.what for change in changes_of(after, OCCASIONS)] == ["on", "new", "away"]
    assert [change.what for change in changes_of(after, {**after, "draft": (off, replace(new, end=9 * DAY))})] == [
        "changed"
    ]


HOURS = st.integers(-400, 400)
RULES = st.builds(
    lambda first, length, every, on, since, deadline: Occasion(
        "draft_reminder", "x", timedelta(hours=first), timedelta(hours=first + length), to_deadline=deadline,
        every=None if every is None else timedelta(hours=every), is_on=on,
        in_force_since=None if since is None else START + timedelta(hours=since),
    ),
    HOURS, st.integers(1, 300), st.one_of(st.none(), st.integers(20, 300)), st.booleans(), st.one_of(st.none(), HOURS),
    st.booleans(),
)  # fmt: skip


@given(st.lists(RULES, max_size=4), HOURS, HOURS)
def test_whoever_looks_at_each_next_moment_misses_nothing(rules: list[Occasion], deadline: int, begin: int) -> None:
    schedule = {"draft": rules}
    at = START + timedelta(hours=begin)
    until = at + timedelta(hours=900)
    until_ = {"deadline": START + timedelta(hours=deadline), "schedule": schedule}
    expected = coming("draft", START, at, until, **until_)  # type: ignore[arg-type]
    seen = []
    while (moment := next_moment("draft", START, at, **until_)) is not None and moment <= until:  # type: ignore[arg-type]
        assert moment > at >= START + timedelta(hours=begin)
        at = moment
        ones = due("draft", START, at, **until_)  # type: ignore[arg-type]
        assert ones  # nobody is woken for nothing
        seen += [(moment, one) for when, one in expected if when == moment and one in ones]
    assert sorted(seen, key=str) == sorted(expected, key=str)
    assert "draft" not in WITH_DEADLINE


@given(st.lists(RULES, min_size=2, max_size=4))
def test_reminders_clash_where_two_of_the_same_words_come_at_one_moment(rules: list[Occasion]) -> None:
    rules = [replace(rule, moment=abs(rule.moment), end=abs(rule.moment) + rule.end - rule.moment) for rule in rules]
    rules = [replace(rule, to_deadline=False, in_force_since=None) for rule in rules]
    far, before = START + 100 * DAY, START - DAY
    times = [{moment for moment, _ in coming("draft", START, before, far, schedule={"draft": [one]})} for one in rules]
    expected = [place for place, own in enumerate(times) if any(own & other for other in times[:place])]
    assert clashes(rules) == expected
