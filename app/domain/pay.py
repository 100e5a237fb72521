"""What a fellow earns, year by year, and who may have the Spanish increase. Amounts are US dollars.

Hourly and annual figures are both stored as the program states them: neither is derived from the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

Certainty = Literal["fixed", "possible"]
SpanishPay = Literal["not_eligible", "not_stated", "level_not_verified", "amount_not_set", "due"]


class PayYearLike(Protocol):
    """One year of the opening's pay, as `program.PayYear` or a row holds it."""

    @property
    def year(self) -> int: ...
    @property
    def hourly(self) -> Decimal: ...
    @property
    def annual(self) -> Decimal: ...
    @property
    def certainty(self) -> Certainty: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """Pay for one year: dollars an hour and dollars a year, and whether it is promised or only possible."""

    hourly: Decimal
    annual: Decimal
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class SpanishIncrease:
    """Whether the Spanish increase is due, why or why not, and how much on top."""

    status: SpanishPay
    hourly: Decimal | None = None
    level_verified: bool = field(default=False, compare=False)

    @property
    def passed_by(self) -> bool:
        """A verified speaker would get base pay only, because nobody has stated whether or how much."""
        return self.level_verified and self.status in ("not_stated", "amount_not_set")


class NoSuchPayYear(LookupError):
    """The opening states no pay for that year of the placement."""


def pay_in_year(years: Iterable[PayYearLike], year: int) -> Rate:
    """Return the rate of a placement year (1 or 2). Raises `NoSuchPayYear`.

    A `possible` rate is not an automatic step: somebody approves it, with a reason.
    """
    for stated in years:
        if stated.year == year:
            return Rate(stated.hourly, stated.annual, stated.certainty)
    raise NoSuchPayYear(year)


def pay_now(years: Iterable[PayYearLike], year: int, *, step_approved: bool) -> Rate:
    """Return what is paid in a year: year 1's rate goes on until the possible step was approved."""
    stated = list(years)
    rate = pay_in_year(stated, year)
    if rate.certainty == "possible" and not step_approved:
        return pay_in_year(stated, year - 1)
    return rate


def spanish_increase(
    *,
    office_eligible: bool | None,
    level_verified: bool,
    hourly: Decimal | None = None,
) -> SpanishIncrease:
    """Say whether a placement has the Spanish increase.

    `office_eligible` is None while the office has not said; `level_verified` means that an interviewer who
    speaks Spanish found the level needed; `hourly` is None until the program sets the amount.
    """
    if office_eligible is None:
        return SpanishIncrease("not_stated", level_verified=level_verified)
    if not office_eligible:
        return SpanishIncrease("not_eligible", level_verified=level_verified)
    if not level_verified:
        return SpanishIncrease("level_not_verified")
    if hourly is None:
        return SpanishIncrease("amount_not_set", level_verified=True)
    return SpanishIncrease("due", hourly, level_verified=True)
