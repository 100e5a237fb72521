"""From the scores that people give (1 to 4, whole numbers) to the result of a gate, in exact fractions.

Two people read each answer for substance and for writing. Where they differ by two or more on the
same dimension a third reads, and the median of the three counts; otherwise the mean of the two.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Literal

from app.domain.words import N_

LOWEST, HIGHEST = 1, 4
CHOOSE = N_("Choose 1 to 4.")
FAR_APART = 2

Outcome = Literal["advance", "manager_decides"]
Scores = Mapping[str, int]


class NotAScore(ValueError):
    """Raised for anything that is not a whole number from 1 to 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPolicy:
    """Who is read twice: everybody, or (`once`) the borderline and a random share of the others."""

    readers: Literal["twice", "once"] = "twice"
    borderline: Fraction = Fraction(1, 4)
    random_share: Fraction = Fraction(15, 100)


def checked_score(value: object) -> int:
    """Return the score if it is a whole number from 1 to 4; else raise `NotAScore`."""
    if isinstance(value, bool) or not isinstance(value, int) or not LOWEST <= value <= HIGHEST:
        raise NotAScore(CHOOSE)
    return value


def needs_third_reader(first: Scores, second: Scores) -> bool:
    """Tell whether two readers of one answer differ by two or more on the same dimension."""
    return any(abs(first[name] - second[name]) >= FAR_APART for name in first.keys() & second.keys())


def answer_result(by_reader: Mapping[str, Scores]) -> dict[str, Fraction]:
    """Return the result of one answer for each dimension: one score, mean of two, or median of three.

    `by_reader` maps a reader to that reader's scores by dimension. A dimension counts the readers who
    scored it. Raises `ValueError` without any reader.
    """
    if not by_reader:
        raise ValueError("An answer without scores has no result.")
    names = sorted({name for scores in by_reader.values() for name in scores})
    return {
        name: Fraction(median(Fraction(checked_score(scores[name])) for scores in by_reader.values() if name in scores))
        for name in names
    }


def gate_result(results: Sequence[Mapping[str, Fraction]], preferred: Iterable[str] = ()) -> Fraction:
    """Return the result of a gate: the mean over its answers and their dimensions, from 1 to 4.

    A `preferred` dimension (experience on the résumé) can raise the result and never lower it.
    Raises `ValueError` when nothing is scored.
    """
    extra = frozenset(preferred)
    everything = [value for result in results for value in result.values()]
    needed = [value for result in results for name, value in result.items() if name not in extra]
    if not everything:
        raise ValueError("A gate without scores has no result.")
    return max(mean(everything), mean(needed)) if needed else mean(everything)


def outcome(result: Fraction, threshold: Fraction) -> Outcome:
    """At or above the threshold an application advances; below it a manager decides. Nobody is refused."""
    return "advance" if result >= threshold else "manager_decides"


def needs_second_reading(
    policy: ReadingPolicy, result: Fraction, threshold: Fraction, *, seed: bytes, application_id: str
) -> bool:
    """Tell whether an application that was read once is read again: borderline, or drawn at random.

    The draw is an HMAC of the season's seed and the application's id: it can be repeated, never steered.
    """
    if policy.readers == "twice" or abs(result - threshold) <= policy.borderline:
        return True
    digest = hmac.new(seed, application_id.encode(), hashlib.sha256).digest()
    return Fraction(int.from_bytes(digest[:6], "big"), 2**48) < policy.random_share


def reading_hours(
    applications: int,
    answers: int,
    minutes_per_answer: Fraction,
    policy: ReadingPolicy,
    borderline_share: Fraction = Fraction(1, 4),
) -> Fraction:
    """Return the hours that a policy costs, third readings aside.

    `borderline_share` is the expected share near the threshold; a random share of the rest is added.
    """
    once = Fraction(applications) * answers * minutes_per_answer / 60
    if policy.readers == "twice":
        return 2 * once
    return once * (1 + borderline_share + (1 - borderline_share) * policy.random_share)


def weighted_result(results: Mapping[str, Fraction], weights: Mapping[str, Fraction]) -> Fraction:
    """Return the result of several parts on their own scale of 1 to 4 (short answers and résumé)."""
    total = sum((weights[part] for part in results), Fraction(0))
    return sum((weights[part] * value for part, value in results.items()), Fraction(0)) / total


def mean(values: Sequence[Fraction]) -> Fraction:
    """Return the exact mean."""
    return sum(values, Fraction(0)) / len(values)
