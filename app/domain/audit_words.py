"""What people call the actions and faults of the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.words import N_

# What the check of the chain may find.
FAULT_WORDS: Mapping[str, str] = {
    "changed": N_("An event was changed after it was sealed"),
    "gone": N_("An event that was sealed is gone"),
    "missing": N_("A link of the chain was taken out"),
    "broken": N_("A link does not name the one before it"),
    "head": N_("The chain was made anew: a link that was noted before is another one now"),
    "unsealed": N_("An event was not sealed in time: is the worker running?"),
}

# What people call each action. A moved application is told by its event.
ACTION_WORDS: Mapping[str, str] = {
    "answer:blank": N_("Took a passage out of an answer for readers"),
    "answer:show": N_("Let readers see a flagged answer as it is"),
    "application:moved": N_("Moved the application"),
    "approval:undo": N_("Undid the approval"),
    "audit:exported": N_("Downloaded a part of this log"),
    "demo:again": N_("Asked for the demo to begin again"),
    "demo:again_failed": N_("The demo could not begin again"),
    "document:read": N_("Opened a document"),
    "file:opened": N_("Opened the file"),
    "help:answer": N_("Answered a question"),
    "hold:lifted": N_("Lifted the legal hold"),
    "hold:set": N_("Set a legal hold"),
    "letter:download": N_("Downloaded the offer letter"),
    "meeting:accepted": N_("Took a time for the meeting"),
    "meeting:canceled": N_("Canceled the meeting"),
    "meeting:ended": N_("Nothing was left to arrange: the times for the meeting ended"),
    "meeting:met": N_("They have met: the times for the meeting ended"),
    "meeting:missed": N_("The agreed time passed without a meeting"),
    "meeting:offer": N_("Offered times for a meeting"),
    "meeting:record": N_("Recorded the meeting"),
    "meeting:replaced": N_("Offered other times for the meeting"),
    "notice.settle": N_("Settled a mail"),
    "offer:more_time": N_("Gave more time to answer an offer"),
    "office:changed": N_("Changed an office"),
    "opening:change": N_("Changed an opening"),
    "opening:reminders": N_("Changed the reminders of an opening"),
    "outbox:release": N_("Let the mails of a restored database leave"),
    "packet:download": N_("Downloaded the packet for the office"),
    "placement:ended": N_("Recorded the end of a placement"),
    "placement:second_year": N_("Decided about the second year"),
    "placement:start_set": N_("Set the first day"),
    "ranking:changed": N_("Changed the order of offices"),
    "reading:pass_on": N_("Passed a reading on"),
    "recording:deleted": N_("Deleted the recordings that the person asked to delete"),
    "recording:deletion_asked": N_("Asked us to delete the recordings"),
    "recording:extend": N_("Gave more time to record"),
    "recording:pass_on": N_("Passed a recording on"),
    "recording:watch": N_("Watched a recording"),
    "release:asked": N_("Asked a second person to release"),
    "release:base_pay_known": N_("Released knowing that no Spanish increase is stated"),
    "release:dropped": N_("A release that was asked for fell away"),
    "release:taken_back": N_("Took back a release that was asked for"),
    "retention:erased": N_("Erased the application: its time was over"),
    "retention:forgotten": N_("Emptied an account: its time was over"),
    "role:delegate": N_("Lent the right to decide"),
    "role:end_delegation": N_("Ended a delegation"),
    "role:end_invitation": N_("Took an invitation back"),
    "role:grant": N_("Gave a role"),
    "role:invite": N_("Invited to a role"),
    "role:revoke": N_("Took a role back"),
    "routing:overridden": N_("Proposed somebody by an override"),
    "routing:override_taken_back": N_("Took an override back"),
    "routing:scenario_used": N_("Used a what-if"),
    "run:downloaded": N_("Downloaded a routing run"),
    "seats:asked": N_("Asked for another number of seats"),
    "seats:changed": N_("Changed the seats"),
    "seats:confirmed": N_("Confirmed the seats"),
    "seats:granted": N_("Granted the number of seats asked for"),
    "seats:refused": N_("Refused the number of seats asked for"),
    "seats:reserve_changed": N_("Changed the seats for Spanish speakers"),
    "seats:taken_back": N_("Took back the request for seats"),
    "second_factor:enroll": N_("Set up the second factor"),
    "second_factor:reset": N_("Reset the second factor"),
    "session:end_all": N_("Signed out everywhere"),
    "session:start": N_("Signed in"),
    "suppression:add": N_("Stopped writing to an address"),
    "suppression:lift": N_("Wrote to an address again"),
}
# For the office's own page: what each of its moves is called there.
OFFICE_MOVES: Mapping[str, str] = {
    "approve_placement": N_("Approved"),
    "decline_placement": N_("Not for our office"),
    "defer_placement": N_("Not now"),
}
# The beginning of an action, for the filter.
TOPICS: Mapping[str, str] = {
    "application": N_("Moves"),
    "file": N_("Files opened"),
    "document": N_("Documents opened"),
    "recording": N_("Recordings"),
    "role": N_("Roles"),
    "session": N_("Signing in"),
    "seats": N_("Seats"),
    "routing": N_("Routing"),
    "release": N_("Releases"),
    "hold": N_("Legal holds"),
    "retention": N_("Retention"),
}


def action_words(action: str) -> str:
    """Return what people call an action; one without words is called by its code."""
    return ACTION_WORDS.get(action, action)
