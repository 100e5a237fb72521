"""F9, F19: the disk fills while a résumé arrives; a recording arrives in pieces, broken off, out of order, twice."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pikepdf
from sqlalchemy import func, select

from app.adapters.filestore import FileStore
from app.domain.access import Role
from app.extensions import db
from app.models import Document, RecordedInterview, RecordedSlice, RecordedTake
from faults.broker import statements_of, submit
from faults.browser import Answer, Browser
from faults.rounds import Pace, Round, fault
from tests.adapters.hostile_documents import pdf
from tests.factories import make_draft, make_opening, make_staff
from tests.recordings import make_invited, questions, sample, slices
from tests.servers import ROOT

MEGABYTE = 1024 * 1024
DISK = 12 * MEGABYTE
# The mount is seen by the process and its children only; Linux lets an ordinary user have one.
OWN_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
LIMITS = ROOT / "app" / "adapters" / "limits_exec.py"


def resume(size: int, seed: int) -> bytes:
    """A good PDF of about this size."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        noise = random.Random(seed).randbytes(size)
        document.Root.PieceInfo = pikepdf.Dictionary(Placewell=pikepdf.Stream(document, noise))
        document.save(out)
    return out.getvalue()


def has_own_disk() -> bool:
    """Whether this machine lets us mount a small disk (some containers do not)."""
    if shutil.which("unshare") is None:
        return False
    probe = [*OWN_DISK, "mount -t tmpfs -o size=1m tmpfs /mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


@fault("F9", "the disk fills while files arrive", pace=Pace.SLOW)
def disk_full(one: Round) -> None:
    """Each is there whole or was refused with a page that says so; nothing else of the product notices."""
    if has_own_disk():
        _on_a_small_disk(one)
    else:
        _with_a_limit(one)
    one.recovery = None


def _on_a_small_disk(one: Round) -> None:
    ground, files = one.ground, one.ground.files
    mount = f'mount -t tmpfs -o size={DISK} tmpfs "$0" && exec "$@"'
    ground.need("relay")
    ground.launch("web", prefix=(*OWN_DISK, mount, str(files)))
    ground.ready("web")
    # The same disk from outside.
    inside = Path(f"/proc/{ground.processes['web'].pid}/root{files}")
    try:
        browser, application = _applicant(one)
        kept: set[str] = set()
        told: list[int] = []
        while 507 not in told and len(told) < 20:
            told.append(_upload(one, browser, application, int(one.rng.uniform(2, 6) * MEGABYTE), kept))
        assert set(told) == {302, 507}, told
        # A small file is refused as well before the disk is full to the brim: a tenth of it is kept free.
        filler = inside / "filler"
        free = _free(inside)
        filler.write_bytes(bytes(max(0, free - DISK // 20)))
        assert _upload(one, browser, application, 10_000, kept) == 507
        with contextlib.suppress(OSError):
            (inside / "brim").write_bytes(bytes(DISK))
        assert _upload(one, browser, application, 10_000, kept) == 507
        _only_whole_files(one, inside, kept, besides={"filler", "brim"})
        # The application itself is text in the database: it is sent all the same.
        page = browser.get(f"/applications/{application}/review")
        assert page.status == 200
        (inside / "brim").unlink(missing_ok=True)
        for stored in inside.rglob("filler"):
            stored.unlink()
        # There is room again, and nothing has to be restarted.
        assert _upload(one, browser, application, 10_000, kept) == (302 if _has_room(inside) else 507)
        assert submit(one, browser, application, statements_of(one)).accepted
        one.settle()
        # What was stored leaves the small disk before it goes, for the ledger and the invariants.
        shutil.copytree(inside, files, dirs_exist_ok=True)
    finally:
        ground.forget("web")


def _has_room(folder: Path) -> bool:
    return _free(folder) >= DISK / 10


def _free(folder: Path) -> int:
    """Not through FileStore: it resolves the path, and so leaves the process's own view of the disks."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _with_a_limit(one: Round) -> None:
    """Where no disk can be mounted: no file of the web server may grow beyond a megabyte."""
    one.ground.need("relay")
    one.ground.launch("web", prefix=(sys.executable, str(LIMITS), "0", "0", str(MEGABYTE)))
    one.ground.ready("web")
    try:
        browser, application = _applicant(one)
        kept: set[str] = set()
        assert _upload(one, browser, application, 400_000, kept) == 302
        assert _upload(one, browser, application, 3 * MEGABYTE, kept) == 507
        _only_whole_files(one, one.ground.files, kept)
        assert submit(one, browser, application, statements_of(one)).accepted
        one.settle()
    finally:
        one.ground.forget("web")


def _applicant(one: Round) -> tuple[Browser, UUID]:
    with one.ground.app.app_context():
        opening = make_opening()
        make_staff(opening, Role.READER)
        application = make_draft(opening)
        person_id, key = application.person_id, application.id
    return one.browser(person_id), key


def _upload(one: Round, browser: Browser, application: UUID, size: int, kept: set[str]) -> int:
    path, data = f"/applications/{application}/documents/resume", resume(size, one.rng.randrange(10**6))
    assert browser.get(path).status == 200
    answer: Answer = browser.upload(path, "resume.pdf", data)
    if answer.status == 302:
        kept.add(hashlib.sha256(data).hexdigest())
    elif answer.status == 507:
        # Kept apart from what a person did wrong: it says that it was us, and that nothing else is lost.
        assert "could not save your file" in answer.text or "no room for this file" in answer.text
    return answer.status


def _only_whole_files(
    one: Round, folder: Path, kept: set[str], besides: frozenset[str] | set[str] = frozenset()
) -> None:
    there = [path for path in folder.rglob("*") if path.is_file() and path.name not in besides]
    stored = {hashlib.sha256(path.read_bytes()).hexdigest() for path in there}
    assert stored == kept and len(there) == len(kept), f"{len(there)} files, {len(kept)} were accepted: {there}"
    with one.ground.app.app_context():
        rows = set(db.session.scalars(select(Document.sha256).where(Document.source == "file")))
    assert rows == kept, "the record tells of other files"


# ---- F19


@fault(
    "F19",
    "a recording is broken off, resumed, sent twice and out of order",
    needs=("web", "relay"),
    pace=Pace.SLOW,
    short=True,
)
def upload_broken(one: Round) -> None:
    """Every slice is kept when it is whole; the rest is sent again; the answer is the very bytes that were recorded."""
    with one.ground.app.app_context():
        interview = make_invited()
        person_id, application = interview.application.person_id, interview.application_id
        key, question = interview.id, questions(interview)[0].id
    data = sample(container=one.rng.choice(("webm", "mp4")))
    pieces = slices(data, one.rng.randint(5, 9))
    base = f"/applications/{application}/recording"
    phone, laptop = one.browser(person_id), one.browser(person_id)
    opened = _json(
        phone, f"{base}/questions/{question}/open", {"mime": "video/webm"}, page=f"{base}/questions/{question}"
    )
    segment = opened["segment_id"]
    one.strike()
    todo = list(range(len(pieces)))
    one.rng.shuffle(todo)
    cut = one.rng.choice(todo)
    for place, index in enumerate(todo):
        address = f"{base}/segments/{segment}/slices/{index}"
        if index == cut:
            _break_off(phone, address, pieces[index], one.rng.randint(0, len(pieces[index]) - 1))
            early = _send_json(phone, f"{base}/questions/{question}/finish", _body(segment, len(pieces)))
            assert early.status == 425, early
            # The tab is gone: the person opens the page again, from another device in half of the rounds.
            phone = laptop if one.rng.random() < 0.5 else phone
            assert phone.get(f"{base}/questions/{question}").status == 200
        first = _put(phone, address, pieces[index])
        assert first.status == 201, (index == cut, first)
        if one.rng.random() < 0.4:
            assert _put(phone, address, pieces[index]).status == 200
        if place == len(todo) // 2:
            assert _put(phone, address, b"other bytes under the same number").status == 200
    for _ in range(2):
        done = _send_json(phone, f"{base}/questions/{question}/finish", _body(segment, len(pieces)))
        assert (done.status, json.loads(done.text)) == (200, {"saved": True}), done
    _is_what_was_recorded(one, key, data)
    swept = one.ground.flask("sweep", "--seconds", "5")
    assert swept.returncode == 0, swept.stdout + swept.stderr[-500:]
    with one.ground.app.app_context():
        take = db.session.scalars(select(RecordedTake).where(RecordedTake.interview_id == key)).one()
        assert take.media_state == "ready", take.media_state
    one.settle()


def _is_what_was_recorded(one: Round, interview: UUID, data: bytes) -> None:
    with one.ground.app.app_context():
        rows = db.session.scalars(select(RecordedSlice).order_by(RecordedSlice.position)).all()
        store = FileStore(str(one.ground.files))
        whole = b"".join(store.get(row.storage_key) for row in rows)
        assert hashlib.sha256(whole).digest() == hashlib.sha256(data).digest(), (len(whole), len(data))
        takes = select(func.count()).select_from(RecordedTake).where(RecordedTake.interview_id == interview)
        assert db.session.scalar(takes) == 1, "something was recorded again"
        assert db.session.get_one(RecordedInterview, interview).submitted_at is None
        names = {row.storage_key for row in rows}
        assert {key for key in store.keys("recordings")} == names, "a file without a row"


def _body(segment: str, count: int) -> dict[str, object]:
    return {"segments": [{"id": segment, "slices": count}], "seconds": 3}


def _json(browser: Browser, path: str, body: dict[str, object], *, page: str) -> dict[str, str]:
    assert browser.get(page).status == 200
    answer = _send_json(browser, path, body)
    assert answer.status == 200, answer
    found: dict[str, str] = json.loads(answer.text)
    return found


def _headers(browser: Browser, kind: str) -> dict[str, str]:
    return {"Content-Type": kind, "Accept": "application/json", "X-CSRFToken": browser.token}


def _send_json(browser: Browser, path: str, body: dict[str, object]) -> Answer:
    return browser.send("POST", path, json.dumps(body).encode(), _headers(browser, "application/json"))


def _put(browser: Browser, path: str, data: bytes) -> Answer:
    return browser.send("PUT", path, data, _headers(browser, "application/octet-stream"))


def _break_off(browser: Browser, path: str, data: bytes, after: int) -> None:
    """Send the beginning of a slice, then let the connection drop."""
    headers = {**_headers(browser, "application/octet-stream"), "Host": f"127.0.0.1:{browser.port}"}
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    lines = [f"PUT {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(data)}", "", ""]).encode()
    with socket.create_connection(("127.0.0.1", browser.port), timeout=10) as connection:
        connection.sendall(head + data[:after])
