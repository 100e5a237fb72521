"""When a mail is tried again, and when that ends."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.delivery import Next, Outcome, after_attempt, after_silence, wait_after

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def after(outcome: Outcome, attempts: int = 1, age: timedelta = timedelta(0), void: timedelta | None = None) -> Next:
    void_after = None if void is None else NOW + void
    return after_attempt(outcome, attempts=attempts, created_at=NOW - age, void_after=void_after, now=NOW)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.SENT, "sent"), (Outcome.PERMANENT, "bounced"), (Outcome.UNCERTAIN, "unconfirmed")],
)
def test_a_certain_end_is_the_end(outcome: Outcome, state: str) -> None:
    assert after(outcome) == Next(state)


def test_waiting_doubles_and_stays_below_ten_minutes() -> None:
    assert [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 6, 500)] == [15, 30, 60, 480, 480]


def test_a_mail_server_may_be_away_for_days_but_not_for_ever() -> None:
    assert after(Outcome.TEMPORARY, attempts=400, age=timedelta(days=2)) == Next("pending", NOW + timedelta(minutes=8))
    assert after(Outcome.TEMPORARY, attempts=400, age=timedelta(days=3)) == Next("failed")


def test_a_mail_whose_words_cannot_be_made_is_set_aside_after_five_tries() -> None:
    assert [after(Outcome.BROKEN, attempts).state for attempts in (1, 4, 5)] == ["pending", "pending", "failed"]


def test_a_reminder_whose_moment_passes_before_the_next_try_is_cancelled() -> None:
    assert after(Outcome.TEMPORARY, void=timedelta(seconds=10)) == Next("cancelled")
    assert after(Outcome.TEMPORARY, void=timedelta(seconds=16)).state == "pending"


def silence(stage: str, attempts: int, answered: bool) -> str:
    return after_silence(stage=stage, attempts=attempts, answered=answered, created_at=NOW, now=NOW).state


def test_a_dead_sender_is_tried_again_only_before_the_text_left() -> None:
    assert silence("before_data", 1, answered=False) == "pending"
    assert silence("data", 1, answered=False) == "unconfirmed"


def test_after_a_death_the_next_try_comes_at_once_because_the_lease_was_wait_enough() -> None:
    waits = [
        after_silence(stage="before_data", attempts=attempts, answered=True, created_at=NOW, now=NOW).due_at
        for attempts in (1, 2, 40)
    ]
    assert waits == [NOW] * 3


def test_a_mail_that_only_ever_kills_its_sender_is_set_aside() -> None:
    assert [silence("before_data", attempts, answered=False) for attempts in (4, 5)] == ["pending", "failed"]
    assert silence("before_data", 50, answered=True) == "pending"
