"""What staff call each state of a mail, and each kind of mail."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.words import N_

# state -> (label, tone)
NOTICE_STATES: Mapping[str, tuple[str, str]] = {
    "pending": (N_("Waiting"), "todo"),
    "sending": (N_("Leaving"), "progress"),
    "sent": (N_("Sent"), "done"),
    "bounced": (N_("Refused"), "late"),
    "failed": (N_("Gave up"), "late"),
    "unconfirmed": (N_("Uncertain"), "late"),
    "cancelled": (N_("Not needed"), "neutral"),
}

NOTICE_KINDS: Mapping[str, str] = {
    "sign_in_code": N_("Sign-in code"),
    "invitation": N_("Invitation"),
    "delegation": N_("Asked to stand in for a supervisor"),
    "draft_saved": N_("Draft saved"),
    "application_received": N_("Application received"),
    "recording_invitation": N_("Recorded interview: invitation"),
    "recording_received": N_("Recorded interview: received"),
    "call_asked": N_("Recorded interview: a call to make"),
    "booking_invitation": N_("Final interview: invitation"),
    "interview_booked": N_("Final interview: booked"),
    "interview_cancelled": N_("Final interview: canceled"),
    "routing_started": N_("Looking for an office"),
    "office_considering": N_("An office is considering"),
    "office_waiting": N_("Office: somebody waits"),
    "meeting_offered": N_("Meeting: times offered"),
    "meeting_agreed": N_("Meeting: agreed"),
    "meeting_canceled": N_("Meeting: canceled"),
    "meeting_reminder": N_("Reminder: meeting"),
    "placement_declined": N_("Looking further"),
    "approval_undone": N_("Office: approval undone"),
    "offer_sent": N_("Offer"),
    "offer_accepted": N_("Offer accepted"),
    "placement_confirmed": N_("Placement confirmed"),
    "offer_declined": N_("Offer declined"),
    "seats_taken": N_("Seats taken"),
    "not_selected": N_("Not selected"),
    "not_approved": N_("Not approved"),
    "application_withdrawn": N_("Withdrawn"),
    "draft_reminder": N_("Reminder: draft"),
    "recording_reminder": N_("Reminder: recorded interview"),
    "booking_reminder": N_("Reminder: choose a time"),
    "interview_reminder": N_("Reminder: interview"),
    "reading_overdue": N_("Reminder: overdue reading"),
    "scorecard_reminder": N_("Reminder: scorecard"),
    "office_overdue": N_("Reminder: office decision"),
    "office_escalated": N_("Office decision escalated"),
    "release_to_confirm": N_("Release to confirm"),
    "offer_extended": N_("Offer: more time"),
    "placed_elsewhere": N_("Ended: placed elsewhere"),
    "start_agreed": N_("First day set"),
    "second_year_decided": N_("Second year decided"),
    "placement_ended": N_("Placement ended"),
    "answer_late": N_("We are late: new date"),
    "offer_reminder": N_("Reminder: offer"),
    "reminder_digest": N_("Reminders of a day in one mail"),
    "help_received": N_("Question received"),
    "process_silent": N_("Alarm: a process is silent"),
    "help_answered": N_("Question answered"),
}


def kind_label(kind: str) -> str:
    """Return what staff call this kind; an unknown one is called by its own name."""
    return NOTICE_KINDS.get(kind, kind.replace("_", " "))
