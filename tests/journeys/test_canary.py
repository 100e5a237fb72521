"""What an applicant types is in the database, in files and in mails: in no log, broker, address or metric."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from flask import Flask
from sqlalchemy import text

from app.adapters.servers import ValkeyServer
from app.domain.access import Role
from app.extensions import db
from app.models import Application
from app.queries.people import person_by_email
from tests.adapters.hostile_documents import pdf
from tests.conftest import MakeApp
from tests.factories import make_draft, make_opening, make_staff, sign_in
from tests.journeys.visitor import Visitor
from tests.smtp import SmtpServer
from tests.workers.conftest import Process, wait_for

ADDRESS = "xylophonist.quokka@example.org"
NAME, PHONE, CITY = "Xanthippe Quokkason", "(573) 555-0187", "Zzyzxville"
ANSWER = "My neighbor Bartholomeus Wigglesworth lost her ride. We found the shuttle together. She kept her date."
STATEMENT = "I was arrested in Ouagadougou once. It taught me patience. I want others to be met with it."
RESUME, FILE_NAME, QUESTION = "Worked at Kakistocracy Bakery", "quokkason-resume.pdf", "Do you know Mxyzptlk Street?"
# A part of each that nothing else in the product holds, in the forms in which it may be written.
CANARIES = (
    "xylophonist", "Xanthippe", "Quokkason", "quokkason", "5550187", "555-0187", "Zzyzxville", "Wigglesworth",
    "Ouagadougou", "Kakistocracy", "Mxyzptlk",
)  # fmt: skip


class Watching(Visitor):
    """A browser that remembers every address that it opened or was shown."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.addresses: set[str] = set()

    def _took(self, answer, status):  # type: ignore[no-untyped-def]
        super()._took(answer, status)
        self.addresses |= {response.request.full_path for response in (*answer.history, answer)}
        for name in ("href", "src", "action", "formaction"):
            self.addresses |= {
                str(tag[name])
                for tag in self.page.find_all(attrs={name: True})
                if not str(tag[name]).startswith(("mailto:", "tel:"))  # on the person's own page, for nobody else
            }
        return self


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_what_people_type_is_in_no_log_broker_address_or_metric(
    make_app: MakeApp,
    own_broker: ValkeyServer,
    start: Callable[..., Process],
    smtp_server: SmtpServer,
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings = {"REDIS_URL": own_broker.url, "LOG_REQUESTS": True, "METRICS_TOKEN": "token"}
    site = make_app(WTF_CSRF_ENABLED=True, PROPAGATE_EXCEPTIONS=False, **settings)
    with site.app_context():
        opening = make_opening()
        for _ in range(2):
            make_staff(opening, Role.READER)
        manager = make_staff(opening, Role.MANAGER).id
    relay = start("workers.relay", REDIS_URL=own_broker.url)
    relay.wait_for_line("listening")
    visitor = _apply(site, smtp_server)
    _go_wrong(site, visitor)
    addresses = visitor.addresses | _read_by_the_manager(site, manager)
    smtp_server.wait_for(3, 60)
    broker = redis.Redis(unix_socket_path=str(own_broker.socket))
    queued = sum(broker.llen(name) for name in broker.keys("*") if broker.type(name) == b"list")
    assert queued > 0
    dump = _dump_of(broker, own_broker.data_dir)
    worker = start("celery", "-A", "workers.celery_app", "worker", "--concurrency", "1", "--loglevel", "INFO",
                   REDIS_URL=own_broker.url)  # fmt: skip
    wait_for(lambda: "] succeeded" in worker.log.read_text(), 60, "a task")
    logs = capfd.readouterr()
    metrics = site.test_client().get("/metrics", headers={"Authorization": "Bearer token"}).text
    assert '"endpoint": "applicant.contact.' in logs.err and "placewell_request_seconds" in metrics
    places = {
        "web log": logs.err + logs.out,
        "relay log": relay.log.read_text(),
        "worker log": worker.log.read_text(),
        "broker": dump + _dump_of(broker, own_broker.data_dir),
        "addresses": "\n".join(sorted(addresses)),
        "metrics": metrics,
        "audit log": _audit(site),
    }
    found = [(place, canary) for place, said in places.items() for canary in CANARIES if canary in said]
    assert found == []
    # The words did arrive where they belong.
    with site.app_context():
        stored = db.session.scalar(text("select string_agg(a::text, ' ') from answer a")) or ""
        assert "Wigglesworth" in stored
    assert any("Xanthippe" in str(mail) or "xylophonist" in str(mail["To"]) for mail in smtp_server.messages)


def _apply(site: Flask, smtp: SmtpServer) -> Watching:
    """Sign in by mail and fill every form, as a person would."""
    visitor = Watching(site.test_client())
    visitor.open("/account/sign-in").submit("E-mail me a code", {"email": ADDRESS})
    body = smtp.wait_for(1, 60)[0].get_body(("plain",))
    assert body is not None
    code = re.search(r"\b(\d{6})\b", body.get_content())
    assert code is not None
    visitor.submit("Continue", {"code": code[1]})
    with site.app_context():
        person = person_by_email(ADDRESS)
        assert person is not None
        path = f"/applications/{make_draft(make_opening(), person).id}"
    visitor.open(f"{path}/contact")
    visitor.submit("Save and continue", {"full_name": NAME, "phone": PHONE, "city": CITY})
    visitor.open(f"{path}/documents/resume")
    visitor.submit("Save and continue", {"file": (io.BytesIO(pdf(RESUME)), FILE_NAME)})
    visitor.open(f"{path}/background")
    readers = visitor.field_names(".*reader.*")
    visitor.submit(
        "Save and continue", {"spanish": "none", "statement": STATEMENT, **dict.fromkeys(readers, "manager")}
    )
    for link in dict.fromkeys(
        re.findall(rf"{path}/answers/[0-9a-f-]{{36}}", str(visitor.open(f"{path}/answers").page))
    ):
        visitor.open(link).submit("Save and continue", {"text": ANSWER})
    visitor.open(f"{path}/review")
    visitor.submit("Send my application", dict.fromkeys(visitor.field_names("confirm-.*"), "y"))
    visitor.open(f"{path}/sent")
    return visitor


def _go_wrong(site: Flask, visitor: Watching) -> None:
    """What fails is logged, too: bad forms, unknown addresses, lost sessions, a question that is too long."""
    visitor.open("/help").submit("Send", {"email": ADDRESS, "body": QUESTION})
    client = visitor.client
    client.post("/account/sign-in", data={"email": f"{NAME}\0 <{ADDRESS}>"})
    client.get(f"/applications/{NAME}/contact")
    client.post("/help", data={"email": ADDRESS, "body": QUESTION * 9_000})
    sign_in_page = site.test_client().post("/applications", data={"full_name": NAME})
    assert sign_in_page.status_code in (302, 400, 404, 405)


def _read_by_the_manager(site: Flask, manager: object) -> set[str]:
    reading = Watching(sign_in(site.test_client(), manager))  # type: ignore[arg-type]
    with site.app_context():
        key = db.session.query(Application).one().id
    reading.open("/manage").open("/manage/candidates").open(f"/manage/candidates/{key}").open("/manage/mail")
    reading.open("/manage/audit").open("/manage/help")
    return reading.addresses


def _dump_of(broker: redis.Redis, folder: Path) -> str:
    """Everything that the broker holds: its files on the disk, and each key."""
    broker.save()
    files = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    keys = b"".join(name + (broker.dump(name) or b"") for name in broker.keys("*"))
    lists = b"".join(b"".join(broker.lrange(name, 0, -1)) for name in broker.keys("*") if broker.type(name) == b"list")
    bodies = b"".join(re.findall(rb'"body": ?"([A-Za-z0-9+/=]+)"', lists))
    return (files + keys + lists + _decoded(bodies)).decode("utf-8", "replace")


def _decoded(bodies: bytes) -> bytes:
    found = b""
    for body in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}", bodies):
        found += base64.b64decode(body + b"=" * (-len(body) % 4))
    return found


def _audit(site: Flask) -> str:
    with site.app_context():
        return db.session.scalar(text("select string_agg(e::text, ' ') from audit_event e")) or ""
