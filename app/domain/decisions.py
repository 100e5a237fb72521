"""What a program manager may decide about a person, and in which state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.pipeline import GATE_OF_STATE, Gate, advance_event, may_follow
from app.domain.words import N_


@dataclass(frozen=True, slots=True)
class Decision:
    """One way to decide. `text` says what it does."""

    name: str
    label: str
    text: str


_GO_ON: Mapping[str, str] = {
    "invite_to_record": N_("The person is invited to the recorded interview."),
    "invite_to_final_interview": N_("The person is invited to book the final interview."),
    "admit_to_routing": N_("The person is put forward to the offices that they ranked."),
}
GO_ON = "go_on"
STOP = "stop"
DECISIONS = frozenset((GO_ON, STOP, "close_not_approved", "close_without_seat"))
AT_GATES = ("reading_decision", "recording_decision", "final_decision")


def decisions_in(state: str, gates: Iterable[Gate]) -> tuple[Decision, ...]:
    """Return what a manager can decide in this state; nothing where it is not a manager's turn."""
    if state in AT_GATES:
        event = advance_event(GATE_OF_STATE[state], gates)
        return (
            Decision(GO_ON, N_("Go on"), _GO_ON[event]),
            Decision(STOP, N_("Do not go on"), N_("The application ends. The person is told so, without the reason.")),
        )
    if may_follow(state, "close_not_approved"):
        return (
            Decision(
                "close_not_approved",
                N_("Close: no office said yes"),
                N_("The application ends. The person is told that no office that they ranked chose to go on."),
            ),
            Decision(
                "close_without_seat",
                N_("Close: no seat is left"),
                N_("The application ends. The person is told that the seats in their offices are taken."),
            ),
        )
    return ()
