"""The recorded interview: takes and slices, other ways to answer, sending, the file that plays, reviews."""

from app.services.recordings.answers import ask_for_phone, record_phone_notes, upload_file, write_answer
from app.services.recordings.deletion import ask_for_deletion
from app.services.recordings.media import assemble_due_takes, prepare_again
from app.services.recordings.reviews import (
    assign_missing_reviewers,
    assign_reviewer,
    recuse_review,
    save_recording_review,
    save_review_draft,
)
from app.services.recordings.sending import ask_for_more_time, give_consent, submit_recording
from app.services.recordings.takes import discard, finish_take, keep_slice, keep_take, open_segment
from app.services.recordings.watching import note_watched

__all__ = [
    "ask_for_deletion",
    "ask_for_more_time",
    "ask_for_phone",
    "assemble_due_takes",
    "assign_missing_reviewers",
    "assign_reviewer",
    "discard",
    "finish_take",
    "give_consent",
    "keep_slice",
    "keep_take",
    "note_watched",
    "open_segment",
    "prepare_again",
    "record_phone_notes",
    "recuse_review",
    "save_recording_review",
    "save_review_draft",
    "submit_recording",
    "upload_file",
    "write_answer",
]
