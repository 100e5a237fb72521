"""What is noted of a job, when several note it."""

import threading
from datetime import timedelta

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.jobs import job_run
from app.services.jobs import note_end, note_start


def test_two_may_end_the_first_run_of_a_job_at_once(app):
    first_has_written, faults = threading.Event(), []

    def second():
        with app.app_context():
            try:
                first_has_written.wait(10)
                with transaction():
                    note_end("check", ok=True, result={"of": 2}, now=now())
            except Exception as fault:
                faults.append(fault)

    with app.app_context():
        other = threading.Thread(target=second)
        other.start()
        with transaction():
            note_end("check", ok=True, result={"of": 1}, now=now())
            first_has_written.set()
            other.join(0.3)  # it waits for this transaction
        other.join(10)
        assert faults == [] and job_run("check").result == {"of": 2}


def test_a_run_that_failed_keeps_when_it_last_went_well(app):
    with app.app_context():
        began = now()
        for minutes, ok in ((0, True), (5, False)):
            with transaction():
                note_start("check", now=began + timedelta(minutes=minutes))
                note_end("check", ok=ok, result={}, now=began + timedelta(minutes=minutes + 1))
        run = job_run("check")
        assert (run.ok, run.last_ok_at) == (False, began + timedelta(minutes=1))
        assert (run.started_at, run.finished_at) == (began + timedelta(minutes=5), began + timedelta(minutes=6))
