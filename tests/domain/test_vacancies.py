"""How long seats stood open."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.vacancies import Fill, days_open

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: float) -> datetime:
    return START + day * DAY


def fill(asked: float, accepted: float, ended: float | None = None) -> Fill:
    return Fill(on(asked), on(accepted), None if ended is None else on(ended))


def days(
    fills: list[Fill], seats: int, since: float | None = 0, changes: tuple[tuple[float, int], ...] = ()
) -> list[float]:
    found = days_open(
        fills,
        seats=seats,
        since=None if since is None else on(since),
        changes=[(on(at), number) for at, number in changes],
    )
    return [each / DAY for each in found]


def test_each_of_two_seats_counts_from_the_publication() -> None:
    assert days([fill(3, 10), fill(3, 20)], seats=2) == [10, 20]


def test_a_seat_that_was_given_back_is_filled_after_those_that_were_open_before() -> None:
    # One leaves on day 30; the next two take the seat that was still open, then the one that was given back.
    assert days([fill(1, 5, 30), fill(20, 40), fill(20, 50)], seats=2) == [5, 40, 20]


def test_the_only_seat_counts_again_from_the_day_it_was_given_back() -> None:
    assert days([fill(1, 5, 30), fill(31, 40)], seats=1) == [5, 10]


def test_a_seat_that_was_added_counts_from_then() -> None:
    assert days([fill(1, 5), fill(12, 17)], seats=1, changes=((10, 1),)) == [5, 7]


def test_what_is_taken_away_was_opened_last() -> None:
    assert days([fill(1, 20)], seats=1, changes=((10, 1), (15, -1))) == [20]


def test_one_above_the_number_counts_from_when_the_office_was_asked() -> None:
    assert days([fill(1, 5), fill(4, 6)], seats=1) == [5, 2]


def test_without_a_publication_it_counts_from_when_the_office_was_asked() -> None:
    assert days([fill(3, 10)], seats=1, since=None) == [7]


def test_an_office_that_was_asked_before_the_publication_had_a_seat() -> None:
    assert days([fill(3, 10)], seats=1, since=8) == [7]


_MOMENTS = st.integers(0, 400)


@given(
    st.lists(st.tuples(_MOMENTS, _MOMENTS, st.none() | _MOMENTS), max_size=8),
    st.integers(0, 5),
    st.none() | _MOMENTS,
    st.lists(st.tuples(_MOMENTS, st.integers(-3, 3)), max_size=5),
)
def test_every_fill_has_a_time_that_is_not_negative(
    rows: list[tuple[int, int, int | None]], seats: int, since: int | None, changes: list[tuple[int, int]]
) -> None:
    fills = []
    for asked, more, ended in rows:
        accepted = asked + more
        fills.append(fill(asked, accepted, None if ended is None else accepted + ended))
    found = days(fills, seats, since, tuple(changes))
    assert len(found) == len(fills)
    assert all(each >= 0 for each in found)


@given(st.lists(_MOMENTS, min_size=1, max_size=8))
def test_enough_seats_from_the_first_day_make_it_the_day_of_acceptance(accepted: list[int]) -> None:
    fills = [fill(day, day) for day in accepted]
    assert days(fills, seats=len(fills)) == sorted(accepted)
