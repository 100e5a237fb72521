"""The ledger: what must hold after every round, whatever was broken (trust.md, section 3).

L1 what a person was told is sent, is there, with the very bytes of its files; L2 every mail has ended; L3 none
arrived twice; L4 every history is a legal path; L5 `flask invariants`; L6 the audit chain verifies. And what is
uncertain, refused or given up is on the page where staff look.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from uuid import UUID

from sqlalchemy import select

from app.adapters.filestore import FileStore
from app.domain.access import Role
from app.domain.delivery import TROUBLED
from app.domain.pipeline import may_follow, next_state
from app.extensions import db
from app.models import Application, Change, Document, Notice, Opening
from faults.rounds import Round
from tests.factories import make_opening, make_staff, sign_in

SUMMONED = "submit_application"


class Broken(AssertionError):
    """The ledger does not add up; the message says where."""


def check(one: Round) -> None:
    """Add up one round. Raises Broken with everything that is wrong."""
    wrong = [*_mails(one), *_shown(one), *_applications(one), *_histories(one), *_commands(one)]
    if wrong:
        raise Broken("; ".join(wrong[:12]))


def _mails(one: Round) -> list[str]:
    """L2 and L3, against what the mail server holds."""
    with one.ground.app.app_context():
        rows = db.session.execute(
            select(Notice.id, Notice.state, Notice.kind, Notice.subject_id, Notice.recipient_email, Notice.occurrence)
        ).all()
    states = {row.id: row.state for row in rows}
    arrived = one.ground.sink.counts()
    wrong = [f"L2 notice {key} vanished" for key in one.owed - states.keys()]
    wrong += [f"L2 notice {row.id} is still {row.state}" for row in rows if row.state in ("pending", "sending")]
    wrong += [f"L2 notice {row.id} is “sent” and never arrived" for row in rows
              if row.state == "sent" and not arrived[row.id]]  # fmt: skip
    one.lost += len(wrong)
    twice = [f"L3 notice {key} arrived {count} times" for key, count in arrived.items() if count > 1]
    names: dict[tuple[str, UUID, str, str], int] = defaultdict(int)
    for row in rows:
        names[(row.kind, row.subject_id, row.recipient_email, row.occurrence)] += arrived[row.id]
    twice += [f"L3 {name} arrived {count} times" for name, count in names.items() if count > 1]
    one.doubled += len(twice)
    wrong += twice
    wrong += [f"L3 a mail arrived that nobody owes: {key}" for key in arrived.keys() - states.keys()]
    # What is called certain must be so: a mail that arrived is neither refused nor given up nor dropped.
    wrong += [f"L3 notice {key} arrived and is “{states[key]}”" for key in arrived
              if states.get(key) in ("bounced", "failed", "cancelled")]  # fmt: skip
    one.uncertain += sum(state == "unconfirmed" for state in states.values())
    return wrong


def _shown(one: Round) -> list[str]:
    """Everything that needs a person is on the page where a manager looks for it."""
    app = one.ground.app
    with app.app_context():
        troubled = list(db.session.scalars(select(Notice.recipient_email).where(Notice.state.in_(TROUBLED))))
        if not troubled:
            return []
        opening = db.session.scalars(select(Opening).limit(1)).first() or make_opening()
        manager = make_staff(opening, Role.MANAGER).id
    client = sign_in(app.test_client(), manager)
    text = "".join(
        client.get(f"/manage/mail?show=trouble&from={start}").text for start in range(0, len(troubled) + 1, 50)
    )
    return [f"nobody is shown that the mail to {email} is in trouble" for email in troubled if email not in text]


def _applications(one: Round) -> list[str]:
    """L1: one sent application for each that somebody was told is sent, and its files as they were."""
    wrong = []
    with one.ground.app.app_context():
        store = FileStore(str(one.ground.files))
        for sent in one.sent:
            row = db.session.get(Application, sent.application)
            if row is None:
                wrong.append(f"L1 application {sent.application} vanished")
                continue
            times = sum(change.event == SUMMONED for change in row.changes)
            if sent.accepted and (row.submitted_at is None or times != 1):
                wrong.append(f"L1 {row.reference} was accepted, and is sent {times} times")
            if times > 1:
                wrong.append(f"L1 {row.reference} is sent {times} times")
            for digest in sent.files:
                wrong += _file(store, row.id, digest)
        one.lost += len(wrong)
        receipts = select(Notice.application_id).where(Notice.kind == "application_received")
        told = set(db.session.scalars(receipts))
        accepted = {sent.application for sent in one.sent if sent.accepted}
    return wrong + [f"L1 application {key} is sent and its receipt is not owed" for key in accepted - told]


def _file(store: FileStore, application: UUID, digest: str) -> list[str]:
    rows = db.session.scalars(select(Document).where(Document.application_id == application)).all()
    for row in rows:
        if row.sha256 == digest and row.storage_key is not None:
            stored = hashlib.sha256(store.get(row.storage_key)).hexdigest()
            return [] if stored == digest else [f"L1 the file {row.storage_key} differs from what was sent"]
    return [f"L1 no file {digest[:12]} for application {application}"]


def _histories(one: Round) -> list[str]:
    """L4: from nothing to the present state, step by step, each allowed."""
    wrong = []
    with one.ground.app.app_context():
        states = {row.id: row.state for row in db.session.execute(select(Application.id, Application.state))}
        paths: dict[UUID, list[Change]] = defaultdict(list)
        for change in db.session.scalars(select(Change).order_by(Change.application_id, Change.seq)):
            paths[change.application_id].append(change)
        for key, state in states.items():
            at: str | None = None
            for place, change in enumerate(paths[key], start=1):
                legal = may_follow(at, change.event) and next_state(at, change.event) == change.to_state
                if change.seq != place or change.from_state != at or not legal:
                    wrong.append(f"L4 the history of {key} breaks at {change.seq} ({change.event} from {at})")
                    break
                at = change.to_state
            if at != state:
                wrong.append(f"L4 {key} is in {state}, its history ends in {at}")
    return wrong


def _commands(one: Round) -> list[str]:
    """L5 and L6: the product's own commands, called as an operator calls them (in this process).

    Most faults have no beat that would seal the audit log each minute: verifying seals it, so that comes first.
    """
    runner, wrong = one.ground.app.test_cli_runner(), []
    for name, words in (("L6", ["audit", "verify"]), ("L5", ["invariants"])):
        if words[0] not in one.ground.app.cli.commands:
            continue
        result = runner.invoke(args=words)
        if result.exit_code != 0:
            said = " ".join(result.output.split())[:600]
            wrong.append(f"{name} flask {' '.join(words)} ended with {result.exit_code}: {said} {result.exception!r}")
    return wrong
