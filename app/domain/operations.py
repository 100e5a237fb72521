"""What the operator's page calls the processes, jobs and checks."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.words import N_

PROCESS_WORDS: Mapping[str, str] = {
    "relay": N_("Relay: wakes the workers, sends what they do not take"),
    "worker": N_("Worker and beat"),
    "worker-mail": N_("Worker for mail"),
    "worker-media": N_("Worker for recordings"),
    "sweep": N_("The cron’s sweep"),
}
# In the middle of a sentence.
PROCESS_NAMES: Mapping[str, str] = {
    "relay": N_("the relay"),
    "worker": N_("the worker"),
    "worker-mail": N_("the worker for mail"),
    "worker-media": N_("the worker for recordings"),
    "sweep": N_("the cron’s sweep"),
}
JOB_WORDS: Mapping[str, str] = {
    "sweep_outbox": N_("Send what is owed"),
    "send_reminders": N_("Remind"),
    "send_due_offers": N_("Send offers whose undo time is over"),
    "assemble_recordings": N_("Make recordings into files that play"),
    "assign_readers": N_("Give answers their readers"),
    "assign_reviewers": N_("Give recordings their reviewers"),
    "beat_heart": N_("Show life"),
    "route_candidates": N_("Route candidates"),
    "seal_audit": N_("Seal the audit log"),
    "verify_audit": N_("Check the audit log’s chain"),
    "check_invariants": N_("Check what must always be true"),
    "run_retention": N_("Erase what is kept no longer"),
}
# check -> (its name, what to do where it is not "ok")
CHECK_WORDS: Mapping[str, tuple[str, str]] = {
    "database": (N_("Database"), N_("It does not answer. Pages cannot be served until it does.")),
    "migrations": (N_("Schema"), N_("It is older than the program: run “flask db upgrade”.")),
    "storage": (N_("File store"), N_("Files cannot be written. Uploads are refused; nothing is lost.")),
    "disk": (N_("Room on the disk"), N_("Less than 512 MB are left. Make room before uploads are refused.")),
    "broker": (N_("Broker"), N_("It does not answer within a second. Mails leave by the relay and the sweep.")),
}
RESULT_WORDS: Mapping[str, str] = {
    "done": N_("done"),
    "rules": N_("rules"),
    "links": N_("events"),
    "applications": N_("applications"),
    "recordings": N_("recordings"),
    "accounts": N_("accounts"),
    "mails": N_("mails"),
    "questions": N_("questions"),
    "files": N_("files"),
    "strays": N_("files without a record"),
}
