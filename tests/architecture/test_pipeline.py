"""The table of states and events makes sense, and the drawing of it is current."""

from __future__ import annotations

from itertools import product

import pytest

from app.domain.pipeline import (
    ENDED_STATES,
    GATE_OF_STATE,
    LIVE_STATES,
    STATES,
    TRANSITIONS,
    Gate,
    IllegalMove,
    Party,
    advance_event,
    may_follow,
    next_state,
    public_steps,
)
from tools.diagram import PAGE, with_diagram


def test_the_diagram_in_the_docs_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_diagram(page) == page, "run `make diagram`"


def test_every_state_can_be_reached_from_the_first_draft() -> None:
    reached: set[str | None] = {None}
    while True:
        more = {rule.target for rule in TRANSITIONS.values() if rule.sources & reached} - reached
        if not more:
            break
        reached |= more
    assert reached - {None} == set(STATES)


# How anybody may leave at any time; a state needs another way on.
LEAVING = ("withdraw_application", "close_placed_elsewhere")


@pytest.mark.parametrize("state", sorted(LIVE_STATES))
def test_no_live_state_is_a_dead_end(state: str) -> None:
    assert any(may_follow(state, event) for event in TRANSITIONS if event not in LEAVING)
    assert next_state(state, "withdraw_application") == "withdrawn"
    assert STATES[state].turn is not Party.NOBODY


@pytest.mark.parametrize("state", sorted(ENDED_STATES))
def test_an_ended_state_stays(state: str) -> None:
    assert STATES[state].turn is Party.NOBODY
    # A placement may end, and then its seat is free; nothing else follows an end.
    follows = {event for event in TRANSITIONS if may_follow(state, event)}
    assert follows == ({"end_placement"} if state == "placed" else set())
    for event in set(TRANSITIONS) - follows:
        with pytest.raises(IllegalMove):
            next_state(state, event)


def test_no_machine_refuses_anybody() -> None:
    for event in ("decline_candidate", "close_not_approved", "close_without_seat"):
        assert TRANSITIONS[event].by == {Party.MANAGER}


@pytest.mark.parametrize("recorded, final", list(product((True, False), repeat=2)))
def test_a_gate_that_is_off_is_passed_over(recorded: bool, final: bool) -> None:
    off = {Gate.RECORDED: not recorded, Gate.FINAL: not final}
    gates = [gate for gate in Gate if not off.get(gate)]
    first = advance_event(Gate.RESUME, gates)
    assert first == ("invite_to_record" if recorded else "invite_to_final_interview" if final else "admit_to_routing")
    assert advance_event(Gate.RECORDED, gates) == ("invite_to_final_interview" if final else "admit_to_routing")
    assert advance_event(Gate.FINAL, gates) == "admit_to_routing"
    assert len(public_steps(gates)) == 4 + recorded + final


def test_a_manager_can_always_let_a_held_person_go_on() -> None:
    for state in ("reading_decision", "recording_decision", "final_decision"):
        event = advance_event(GATE_OF_STATE[state], list(Gate))
        assert may_follow(state, event)
