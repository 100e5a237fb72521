"""Every state, event and transition of an application, with the public status beside the internal one.

A state is named for what is waited for. An event is an imperative. `next_state` is the only judge of
what may follow what; `app.services.history.move` is the only door that asks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.words import N_


class Party(StrEnum):
    """Whose turn it is."""

    APPLICANT = "applicant"
    READERS = "readers"
    REVIEWER = "reviewer"
    INTERVIEWER = "interviewer"
    MANAGER = "manager"
    ROUTING = "routing"
    OFFICE = "office"
    NOBODY = "nobody"


class Gate(StrEnum):
    """The gates of a fellowship opening, in order. An opening may switch the interviews off."""

    ANSWERS = "answers"
    RESUME = "resume"
    RECORDED = "recorded"
    FINAL = "final"
    PLACEMENT = "placement"


class Step(StrEnum):
    """The steps that an applicant sees."""

    APPLY = "apply"
    READING = "reading"
    RECORDED = "recorded"
    FINAL = "final"
    OFFICE = "office"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class State:
    """One state: whose turn, what staff call it, and what the applicant is told."""

    name: str
    turn: Party
    step: Step
    label: str
    public_title: str
    public_text: str
    tone: str = "neutral"
    ended: bool = False


def _state(
    name: str, turn: Party, step: Step, label: str, title: str, text: str, tone: str = "neutral", ended: bool = False
) -> State:
    return State(name, turn, step, label, title, text, tone, ended)


STATES: Mapping[str, State] = {
    state.name: state
    for state in (
        _state(
            "draft",
            Party.APPLICANT,
            Step.APPLY,
            N_("Draft"),
            N_("Your application is not sent yet"),
            N_("Everything is saved. Finish the parts that are left, then check and send it."),
            "progress",
        ),
        _state(
            "answers_in_review",
            Party.READERS,
            Step.READING,
            N_("Answers being read"),
            N_("We are reading your answers"),
            N_("Two people read each short answer without seeing your name. You do not need to do anything."),
            "todo",
        ),
        _state(
            "resume_in_review",
            Party.READERS,
            Step.READING,
            N_("Résumé being read"),
            N_("We are reading your application"),
            N_("Your answers have been read. One person now reads your résumé. You do not need to do anything."),
            "todo",
        ),
        _state(
            "reading_decision",
            Party.MANAGER,
            Step.READING,
            N_("Decision after reading"),
            N_("We are reading your application"),
            N_("A person on our team is taking a closer look. You do not need to do anything."),
            "progress",
        ),
        _state(
            "recording_due",
            Party.APPLICANT,
            Step.RECORDED,
            N_("Recorded interview to do"),
            N_("It’s your turn: record your interview"),
            N_("Record short answers to a few questions, when it suits you. Video, audio, phone or in writing."),
            "progress",
        ),
        _state(
            "recording_in_review",
            Party.REVIEWER,
            Step.RECORDED,
            N_("Recording being watched"),
            N_("We are watching your interview"),
            N_("A person on our team watches every recording. You do not need to do anything."),
            "todo",
        ),
        _state(
            "recording_decision",
            Party.MANAGER,
            Step.RECORDED,
            N_("Decision after recording"),
            N_("We are watching your interview"),
            N_("A person on our team is taking a closer look. You do not need to do anything."),
            "progress",
        ),
        _state(
            "booking_due",
            Party.APPLICANT,
            Step.FINAL,
            N_("Interview time to book"),
            N_("It’s your turn: choose a time for your final interview"),
            N_("You will talk with one person from Partners for Justice, by video or phone."),
            "progress",
        ),
        _state(
            "final_interview_booked",
            Party.INTERVIEWER,
            Step.FINAL,
            N_("Final interview booked"),
            N_("Your final interview is booked"),
            N_("We look forward to talking with you."),
            "todo",
        ),
        _state(
            "final_decision",
            Party.MANAGER,
            Step.FINAL,
            N_("Decision after final interview"),
            N_("Thank you for talking with us"),
            N_("A program manager is reading the interviewer’s notes and decides on the next step."),
            "progress",
        ),
        _state(
            "in_routing",
            Party.ROUTING,
            Step.OFFICE,
            N_("Waiting for an office"),
            N_("We are matching you with an office"),
            N_("You passed our interviews. We now look for a seat in the offices that you ranked."),
            "office",
        ),
        _state(
            "placement_in_review",
            Party.OFFICE,
            Step.OFFICE,
            N_("Office review"),
            N_("A public defender office is considering you"),
            N_("The office meets you before it decides. We will tell you as soon as it has answered."),
            "office",
        ),
        _state(
            "placement_approved",
            Party.MANAGER,
            # An approval can be undone for a day: until the offer leaves, nobody outside hears of it.
            Step.OFFICE,
            N_("Approved, offer to send"),
            N_("A public defender office is considering you"),
            N_("The office meets you before it decides. We will tell you as soon as it has answered."),
            "office",
        ),
        _state(
            "offer_sent",
            Party.APPLICANT,
            Step.DECISION,
            N_("Offer sent"),
            N_("It’s your turn: you have an offer"),
            N_("Read the offer and tell us whether you accept it."),
            "progress",
        ),
        _state(
            "placed",
            Party.NOBODY,
            Step.DECISION,
            N_("Placed"),
            N_("You are a Client Advocate"),
            N_("Your placement is confirmed. Welcome."),
            "done",
            True,
        ),
        _state(
            "withdrawn",
            Party.NOBODY,
            Step.DECISION,
            N_("Withdrew"),
            N_("You withdrew your application"),
            N_("Thank you for your interest. Your answers are kept, and you can apply again in a later season."),
            "neutral",
            True,
        ),
        _state(
            "offer_declined",
            Party.NOBODY,
            Step.DECISION,
            N_("Declined the offer"),
            N_("You declined the offer"),
            N_("Thank you for telling us. You can apply again in a later season."),
            "neutral",
            True,
        ),
        _state(
            "not_selected",
            Party.NOBODY,
            Step.DECISION,
            N_("Not selected by PFJ"),
            N_("Not this time"),
            N_("A person on our team decided not to go on with your application this season."),
            "blocked",
            True,
        ),
        _state(
            "not_approved",
            Party.NOBODY,
            Step.DECISION,
            N_("Not approved by an office"),
            N_("No office could place you this season"),
            N_("You passed our interviews, but no office that you ranked chose to go on. You can apply again."),
            "blocked",
            True,
        ),
        _state(
            "no_seat",
            Party.NOBODY,
            Step.DECISION,
            N_("No seat this season"),
            N_("Every seat is taken this season"),
            N_("You passed our interviews, but the seats in the offices you ranked are taken. You can apply again."),
            "blocked",
            True,
        ),
        _state(
            "placed_elsewhere",
            Party.NOBODY,
            Step.DECISION,
            N_("Placed through another opening"),
            N_("You accepted another placement"),
            N_("You accepted an offer from another opening of ours, so this application has ended."),
            "neutral",
            True,
        ),
        _state(
            "placement_ended",
            Party.NOBODY,
            Step.DECISION,
            N_("Placement ended"),
            N_("Your placement has ended"),
            N_("Thank you for your work. You can apply again in a later season."),
            "neutral",
            True,
        ),
    )
}

LIVE_STATES: frozenset[str] = frozenset(name for name, state in STATES.items() if not state.ended)
ENDED_STATES: frozenset[str] = frozenset(STATES) - LIVE_STATES
SUBMITTED_LIVE_STATES: frozenset[str] = LIVE_STATES - {"draft"}


@dataclass(frozen=True, slots=True)
class Transition:
    """What an event does: from any of `sources` to `target`. `by` says who may cause it."""

    event: str
    sources: frozenset[str | None]
    target: str
    by: frozenset[Party | str]


def _on(event: str, sources: Iterable[str | None], target: str, *by: Party | str) -> Transition:
    return Transition(event, frozenset(sources), target, frozenset(by))


WORKER = "worker"
_AFTER_READING = ("resume_in_review", "reading_decision")
_AFTER_RECORDING = ("recording_in_review", "recording_decision")

TRANSITIONS: Mapping[str, Transition] = {
    transition.event: transition
    for transition in (
        _on("start_application", [None], "draft", Party.APPLICANT),
        _on("submit_application", ["draft"], "answers_in_review", Party.APPLICANT),
        _on("finish_answers", ["answers_in_review"], "resume_in_review", Party.READERS),
        _on("hold_after_reading", ["resume_in_review"], "reading_decision", Party.READERS),
        _on("invite_to_record", _AFTER_READING, "recording_due", Party.READERS, Party.MANAGER),
        _on("submit_recording", ["recording_due"], "recording_in_review", Party.APPLICANT, Party.MANAGER),
        _on("hold_after_recording", ["recording_in_review"], "recording_decision", Party.REVIEWER),
        _on(
            "invite_to_final_interview",
            (*_AFTER_READING, *_AFTER_RECORDING),
            "booking_due",
            Party.READERS,
            Party.REVIEWER,
            Party.MANAGER,
        ),
        _on("book_final_interview", ["booking_due"], "final_interview_booked", Party.APPLICANT, Party.MANAGER),
        _on(
            "cancel_final_interview",
            ["final_interview_booked"],
            "booking_due",
            Party.APPLICANT,
            Party.INTERVIEWER,
            Party.MANAGER,
        ),
        _on("submit_scorecard", ["final_interview_booked"], "final_decision", Party.INTERVIEWER),
        _on(
            "admit_to_routing",
            (*_AFTER_READING, *_AFTER_RECORDING, "final_decision"),
            "in_routing",
            Party.READERS,
            Party.REVIEWER,
            Party.MANAGER,
        ),
        _on("release_proposal", ["in_routing"], "placement_in_review", Party.MANAGER),
        _on("approve_placement", ["placement_in_review"], "placement_approved", Party.OFFICE),
        _on("decline_placement", ["placement_in_review"], "in_routing", Party.OFFICE),
        _on("defer_placement", ["placement_in_review"], "in_routing", Party.OFFICE),
        _on("pass_on_placement", ["placement_in_review"], "in_routing", Party.MANAGER),
        _on("refuse_office", ["placement_in_review", "placement_approved"], "in_routing", Party.APPLICANT),
        _on("undo_approval", ["placement_approved"], "placement_in_review", Party.OFFICE, Party.MANAGER),
        _on("send_offer", ["placement_approved"], "offer_sent", WORKER, Party.MANAGER),
        _on("accept_offer", ["offer_sent"], "placed", Party.APPLICANT),
        _on("decline_offer_and_route_again", ["offer_sent"], "in_routing", Party.APPLICANT),
        _on("decline_offer", ["offer_sent"], "offer_declined", Party.APPLICANT),
        _on("withdraw_application", LIVE_STATES, "withdrawn", Party.APPLICANT, Party.MANAGER),
        _on(
            "decline_candidate",
            ["reading_decision", "recording_decision", "final_decision"],
            "not_selected",
            Party.MANAGER,
        ),
        _on("close_not_approved", ["in_routing"], "not_approved", Party.MANAGER),
        _on("close_without_seat", ["in_routing"], "no_seat", Party.MANAGER),
        _on("close_placed_elsewhere", LIVE_STATES, "placed_elsewhere", Party.APPLICANT),
        _on("end_placement", ["placed"], "placement_ended", Party.MANAGER),
    )
}


class IllegalMove(Exception):
    """An event that may not happen in the state that the application is in (someone else was faster)."""

    def __init__(self, event: str, state: str | None) -> None:
        super().__init__(f"{event} is not possible in state {state}")
        self.event = event
        self.state = state


def next_state(state: str | None, event: str) -> str:
    """Return the state that follows; raise IllegalMove where the table has no such row."""
    transition = TRANSITIONS.get(event)
    if transition is None or state not in transition.sources:
        raise IllegalMove(event, state)
    return transition.target


def may_follow(state: str | None, event: str) -> bool:
    """Tell whether the table has the event in this state."""
    transition = TRANSITIONS.get(event)
    return transition is not None and state in transition.sources


_ENTRY = {
    Gate.RECORDED: "invite_to_record",
    Gate.FINAL: "invite_to_final_interview",
    Gate.PLACEMENT: "admit_to_routing",
}


def advance_event(after: Gate, gates: Iterable[Gate]) -> str:
    """Return the event that admits a person to the next gate that this opening has."""
    order = list(Gate)
    present = set(gates) | {Gate.PLACEMENT}
    for gate in order[order.index(after) + 1 :]:
        if gate in present and gate in _ENTRY:
            return _ENTRY[gate]
    raise ValueError(f"no gate after {after}")


GATE_OF_STATE: Mapping[str, Gate] = {
    "answers_in_review": Gate.ANSWERS,
    "resume_in_review": Gate.RESUME,
    "reading_decision": Gate.RESUME,
    "recording_due": Gate.RECORDED,
    "recording_in_review": Gate.RECORDED,
    "recording_decision": Gate.RECORDED,
    "booking_due": Gate.FINAL,
    "final_interview_booked": Gate.FINAL,
    "final_decision": Gate.FINAL,
    "in_routing": Gate.PLACEMENT,
    "placement_in_review": Gate.PLACEMENT,
}

STEP_LABELS: Mapping[Step, str] = {
    Step.APPLY: N_("Application sent"),
    Step.READING: N_("We read your answers"),
    Step.RECORDED: N_("Recorded interview"),
    Step.FINAL: N_("Final interview with PFJ"),
    Step.OFFICE: N_("Meet the office"),
    Step.DECISION: N_("Decision"),
}


def public_steps(gates: Iterable[Gate]) -> list[Step]:
    """Return the steps that an applicant of this opening sees, in order."""
    present = set(gates)
    hidden = set()
    if Gate.RECORDED not in present:
        hidden.add(Step.RECORDED)
    if Gate.FINAL not in present:
        hidden.add(Step.FINAL)
    return [step for step in Step if step not in hidden]
