"""What managers call the codes that the records hold."""

from __future__ import annotations

from app.domain.words import N_

SPANISH_WORDS = {
    "none": N_("None"),
    "basic": N_("Basic"),
    "conversational": N_("Conversational"),
    "professional": N_("Professional"),
    "native": N_("Native"),
}
DOCUMENT_WORDS = {
    "resume": N_("Résumé"),
    "transcript": N_("Transcript"),
    "cover_letter": N_("Cover letter"),
    "references": N_("References"),
}
PROPOSAL_WORDS = {
    "proposed": N_("Waits for its release"),
    "released": N_("With the office"),
    "approved": N_("Approved"),
    "declined": N_("Declined"),
    "deferred": N_("Not now"),
    "passed_on": N_("Passed on"),
    "superseded": N_("Replaced by a newer run"),
    "withdrawn": N_("Withdrawn"),
}
# What called for a routing run.
OCCASION_WORDS = {
    "by hand": N_("a manager, by hand"),
    "inputs changed": N_("a change of people, scores or seats"),
    "an override": N_("an override of the rule"),
    "a what-if": N_("a what-if that was put into the records"),
}
WORKER_WORDS = {"reading": N_("Placewell, after the last score")}
EVENT_WORDS = {
    "start_application": N_("Began the application"),
    "submit_application": N_("Sent the application"),
    "finish_answers": N_("The answers are read"),
    "hold_after_reading": N_("The reading is complete, a manager decides"),
    "invite_to_record": N_("Invited to the recorded interview"),
    "submit_recording": N_("Sent the recorded interview"),
    "hold_after_recording": N_("The recording is scored, a manager decides"),
    "invite_to_final_interview": N_("Invited to the final interview"),
    "book_final_interview": N_("Booked the final interview"),
    "cancel_final_interview": N_("Canceled the final interview"),
    "submit_scorecard": N_("The scorecard is in"),
    "admit_to_routing": N_("Admitted to routing"),
    "release_proposal": N_("Released to an office"),
    "approve_placement": N_("The office approved"),
    "decline_placement": N_("The office declined"),
    "defer_placement": N_("The office said not now"),
    "pass_on_placement": N_("Passed on"),
    "refuse_office": N_("Said no to an office that they did not rank"),
    "undo_approval": N_("The approval was undone"),
    "send_offer": N_("The offer was sent"),
    "accept_offer": N_("Accepted the offer"),
    "decline_offer_and_route_again": N_("Declined the offer, looks further"),
    "decline_offer": N_("Declined the offer"),
    "withdraw_application": N_("Withdrew"),
    "decline_candidate": N_("Not selected"),
    "close_not_approved": N_("Closed: no office said yes"),
    "close_without_seat": N_("Closed: no seat is left"),
    "close_placed_elsewhere": N_("Closed: placed through another opening"),
    "end_placement": N_("Placement ended"),
}
