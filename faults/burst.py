"""F18: a deadline. Six hundred people send a résumé of 2 MB and their application within one minute."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from queue import Queue
from uuid import UUID, uuid4

from psycopg import sql

from app.domain.access import Role
from app.domain.reference import LENGTH, reference_number
from faults.broker import statements_of
from faults.browser import Browser, Sent
from faults.files import resume
from faults.ground import Ground
from faults.rounds import Pace, Round, fault
from tests.factories import make_draft, make_opening, make_person, make_staff

PEOPLE, SECONDS, RESUME_BYTES = 600, 60.0, 2 * 1024 * 1024
# So many browsers at a time: whoever comes while all are busy waits, and that counts.
BROWSERS = 48
RECEIPTS_WITHIN = 300.0
# table -> which of its rows belong to the draft %(a)s of the person %(p)s
_COPIED = {
    "person": "t.id = %(p)s",
    "application": "t.id = %(a)s",
    "change": "t.application_id = %(a)s",
    "answer": "t.application_id = %(a)s",
    "answer_version": "t.answer_id in (select id from answer where application_id = %(a)s)",
    "document": "t.application_id = %(a)s",
    "office_choice": "t.application_id = %(a)s",
    # Whoever comes on the last evening has saved a draft before: the mail about the first save is not due again.
    "notice": "t.application_id = %(a)s",
}
# What a copy does not share with its template, whose own mail may be leaving just now.
_OTHERWISE = {
    "notice": {"state": "cancelled", "stage": "before_data", "sent_at": None, "lease_until": None, "lease_holder": None}
}
# What is another in a copy: ids, the address, the reference.
_WORTH = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w.+-]+@[\w.-]+|PFJ-[0-9A-Z-]+")
_INSERT = sql.SQL("insert into {0} select * from jsonb_populate_record(null::{0}, %s::jsonb)")


# (when, whose application, with which cookies); None: nobody else comes.
Wishes = Queue[tuple[float, UUID, dict[str, str]] | None]


@dataclass
class Crowd:
    """What everybody together saw."""

    uploads: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    # From the moment in which the person wanted to come to the word "sent": waiting for a browser counts.
    late: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sents: list[Sent] = field(default_factory=list)
    # Seconds from the first person's coming to the last one's "sent".
    last: float = 0.0


@fault("F18", "600 applications with a résumé of 2 MB in one minute", needs=("web", "relay", "worker"), pace=Pace.HEAVY)
def burst(one: Round) -> None:
    """Nothing is lost and nobody sees an error of ours; how long people wait is measured."""
    crowd = rush(one, resume(RESUME_BYTES, one.rng.randrange(10**6)))
    for name, values in (
        ("seconds for a résumé", crowd.uploads),
        ("seconds for sending", crowd.sends),
        ("seconds from coming to “sent”", crowd.late),
    ):
        one.figures.setdefault(name, []).extend(values)
        one.note(f"p95 of {name}", at_95(values))
    one.note("seconds until the last was sent", crowd.last)
    one.sent += crowd.sents
    assert not [status for status in crowd.statuses if status >= 500 or status == 0], crowd.statuses
    assert sum(sent.accepted for sent in crowd.sents) == PEOPLE, crowd.statuses
    one.strike()
    one.settle(RECEIPTS_WITHIN)


def at_95(values: list[float]) -> float:
    """The 95th of a hundred."""
    return sorted(values)[int(len(values) * 0.95)]


def rush(one: Round, data: bytes | None) -> Crowd:
    """Have everybody come at a moment of their own, upload `data` where there is any, and send."""
    with one.ground.app.app_context():
        opening = make_opening()
        make_staff(opening, Role.READER)
        template = make_draft(opening, make_person("Template")).id
    drafts = clone_drafts(one.ground, template, PEOPLE)
    statements = statements_of(one)
    cookies = [one.browser(person_id).cookies for person_id, _ in drafts]
    crowd, line = Crowd(), Wishes()
    one.strike()
    start = time.monotonic()
    threads = [
        threading.Thread(target=_come, args=(one.ground, line, crowd, data, statements)) for _ in range(BROWSERS)
    ]
    for thread in threads:
        thread.start()
    for place, ((_, application), cookie) in enumerate(zip(drafts, cookies, strict=True)):
        line.put((start + place * SECONDS / PEOPLE, application, cookie))
    for _ in threads:
        line.put(None)
    for thread in threads:
        thread.join()
    crowd.last = time.monotonic() - start
    return crowd


def _come(ground: Ground, line: Wishes, crowd: Crowd, data: bytes | None, statements: list[str]) -> None:
    """One browser after the other: each comes at its moment, uploads, and sends."""
    while (wish := line.get()) is not None:
        at, application, cookies = wish
        time.sleep(max(0.0, at - time.monotonic()))
        browser = Browser(ground.port, dict(cookies), timeout=120)
        kept: tuple[str, ...] = ()
        place = "review" if data is None else "documents/resume"
        page = browser.get(f"/applications/{application}/{place}")
        crowd.statuses[page.status] += 1
        if data is not None:
            uploaded = browser.upload(f"/applications/{application}/documents/resume", "resume.pdf", data)
            crowd.statuses[uploaded.status] += 1
            crowd.uploads.append(uploaded.seconds)
            kept = (hashlib.sha256(data).hexdigest(),) if uploaded.status == 302 else ()
        answer = browser.post(f"/applications/{application}/review", dict.fromkeys(statements, "y"))
        crowd.statuses[answer.status] += 1
        crowd.sends.append(answer.seconds)
        crowd.late.append(time.monotonic() - at)
        crowd.sents.append(Sent(application, answer, kept))


def clone_drafts(ground: Ground, template: UUID, count: int) -> list[tuple[UUID, UUID]]:
    """Copies of a draft with a person each, made in the database; return (person, application) of each."""
    made = []
    with ground.database.admin() as admin:
        admin.execute("set session_replication_role = replica")
        (person, email, reference) = admin.execute(
            "select p.id, p.email, a.reference from application a join person p on p.id = a.person_id where a.id = %s",
            [template],
        ).fetchone()  # type: ignore[misc]
        rows: list[tuple[str, str]] = []
        ids: list[str] = []
        for table, condition in _COPIED.items():
            query = sql.SQL("select t.id::text, (to_jsonb(t) || %(o)s::jsonb)::text from {} t where " + condition)
            wanted = {"a": template, "p": person, "o": json.dumps(_OTHERWISE.get(table, {}))}
            for key, row in admin.execute(query.format(sql.Identifier(table)), wanted):
                ids.append(key)
                rows.append((table, row))
        for _ in range(count):
            anew = {key: str(uuid4()) for key in ids}
            anew |= {email: f"{uuid4().hex[:12]}@example.org", reference: _reference()}
            with admin.transaction(), admin.pipeline():
                for table, row in rows:
                    text = _WORTH.sub(lambda found, new=anew: new.get(found[0], found[0]), row)
                    admin.execute(_INSERT.format(sql.Identifier(table)), [text])
            made.append((UUID(anew[str(person)]), UUID(anew[str(template)])))
    return made


def _reference() -> str:
    # Twice the letters: no two of six hundred are alike.
    return reference_number(secrets.token_bytes(16 * LENGTH), 2 * LENGTH)
