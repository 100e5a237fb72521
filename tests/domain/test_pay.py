from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.pay import NoSuchPayYear, Rate, SpanishIncrease, pay_in_year, pay_now, spanish_increase
from app.domain.program_file import parse_program

FILE = Path(__file__).parents[2] / "app" / "programs" / "client-advocate-mspd.yaml"
YEARS = parse_program(FILE.read_text(encoding="utf-8")).opening.pay.years
FIRST = Rate(Decimal("19.23"), Decimal(40000), "fixed")
SECOND = Rate(Decimal("20.43"), Decimal(42500), "possible")


def test_both_figures_of_both_years_are_as_the_posting_states_them() -> None:
    assert (pay_in_year(YEARS, 1), pay_in_year(YEARS, 2)) == (FIRST, SECOND)


def test_the_second_year_step_waits_for_a_decision() -> None:
    assert pay_now(YEARS, 2, step_approved=False) == FIRST
    assert pay_now(YEARS, 2, step_approved=True) == SECOND
    assert pay_now(YEARS, 1, step_approved=False) == FIRST


def test_a_third_year_has_no_pay() -> None:
    with pytest.raises(NoSuchPayYear):
        pay_in_year(YEARS, 3)


@pytest.mark.parametrize(
    ("eligible", "verified", "hourly", "increase"),
    [
        (None, True, None, SpanishIncrease("not_stated")),
        (False, True, Decimal(1), SpanishIncrease("not_eligible")),
        (True, False, Decimal(1), SpanishIncrease("level_not_verified")),
        (True, True, None, SpanishIncrease("amount_not_set")),
        (True, True, Decimal("1.50"), SpanishIncrease("due", Decimal("1.50"))),
    ],
)
def test_the_spanish_increase_needs_office_level_and_amount(eligible, verified, hourly, increase) -> None:
    assert spanish_increase(office_eligible=eligible, level_verified=verified, hourly=hourly) == increase
