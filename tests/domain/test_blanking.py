"""Passages may be taken out of an answer; nothing may be put in."""

from __future__ import annotations

import pytest

from app.domain.blanking import CHANGED, NOTHING_OUT, blanked_text, blanking_problem

ANSWER = "I am Ada Example.\r\nI sat with her. My brother Bo called.\r\nShe went home."


@pytest.mark.parametrize(
    "typed",
    [
        "I am […].\r\nI sat with her. My brother […] called.\r\nShe went home.",
        "[...]I sat with her. […]She went home.",
        "[…]",
        "I am Ada Example.\nI sat with her. […]",
    ],
)
def test_passages_may_go(typed: str) -> None:
    assert blanking_problem(ANSWER, blanked_text(typed)) is None


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (ANSWER, NOTHING_OUT),
        ("", NOTHING_OUT),
        ("I was […] She went home.", CHANGED),
        ("I am […] She went away.", CHANGED),
        ("I am […] called. […] I sat with her. […]She went home.", CHANGED),
        ("I am Ada Example.\nI sat with her. My brother Bo called.\nShe […]She went home.", CHANGED),
        (ANSWER + "[…]", CHANGED),
    ],
)
def test_nothing_else_may_change(typed: str, problem: str) -> None:
    assert blanking_problem(ANSWER, blanked_text(typed)) == problem
