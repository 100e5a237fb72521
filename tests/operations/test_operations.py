"""docs/operations.md, followed: install, visit, deploy under load, roll back, back up, restore."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.journeys.visitor import Visitor
from tests.operations.browser import HttpClient, start_application, upload_resume
from tests.operations.follow import HOST, Machine
from tests.smtp import SmtpServer


@pytest.fixture
def machine(smtp_server: SmtpServer) -> Iterator[Machine]:
    if sys.platform != "linux":
        pytest.skip("looks into /proc")
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        message = "nginx is not installed (nginx-light of Debian)"
        # In CI a skip would prove nothing.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    machine = Machine(smtp_server, clean=os.environ.get("PLACEWELL_FOLLOW_CLEAN") == "1")
    yield machine
    machine.stop()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_operations_page_works_as_it_is_written(machine: Machine, smtp_server: SmtpServer) -> None:
    machine.handlers["visit"] = lambda: _first_visit(machine, smtp_server)
    done = machine.follow()
    assert any("systemctl reload placewell-web" in words for words in done)
    assert any("restore" in words for words in done)
    # After all that it still serves, and what was put in first is there.
    _reads_its_file(machine)
    with psycopg.connect(
        host="127.0.0.1", port=machine.database_port, user="postgres", dbname="placewell_drill"
    ) as drill:
        assert drill.execute("select count(*) from document where source = 'file'").fetchone() == (1,)
        assert drill.execute("select count(*) from outbox_hold").fetchone() == (1,)
    assert machine.run("systemctl is-active placewell-web placewell-relay placewell-beat").split() == ["active"] * 3
    began = time.monotonic()
    machine.run("systemctl stop placewell.target")
    assert time.monotonic() - began < 60
    away = machine.get("/openings")
    assert (away.status_code, "Nothing that you saved is lost" in away.text) == (503, True)


_SEEN: dict[str, object] = {}


def _first_visit(machine: Machine, smtp: SmtpServer) -> None:
    """The opening, an application with a file, and what nginx must not hand out."""
    client = HttpClient(machine.url, host=HOST, verify=machine.authority)
    visitor = Visitor(client)  # type: ignore[arg-type]
    visitor.open("/openings").says("Public Defender Client Advocate")
    here = start_application(visitor, smtp, "ada@example.org")
    path, content = upload_resume(visitor, here)
    _SEEN.update(path=path, content=content, cookies=client.session.cookies)
    _reads_its_file(machine)

    assert machine.get("/metrics").status_code == 404
    assert machine.get("/readyz").status_code == 404
    assert machine.get("/_files/documents/").status_code == 404
    script = machine.get("/static/js/autosave.js")
    assert (script.status_code, script.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "javascript" in script.headers["Content-Type"]
    assert machine.get("/static/../../../etc/placewell/environment").status_code in (400, 404)
    # Nobody outside says who they are, and no request is larger than it may be.
    assert machine.get("/openings", stream=True).headers["Strict-Transport-Security"].startswith("max-age=")
    too_big = client.session.post(f"{machine.url}{here}/documents/resume", data=b"x" * (21 * 1024 * 1024), timeout=60)
    assert too_big.status_code == 413
    log = (machine.root / "var/log/nginx/placewell.log").read_text()
    assert "/openings" in log and "127.0.0.1" not in log and "ada@" not in log


def _reads_its_file(machine: Machine) -> None:
    """Through X-Accel: whole, in a range, with the program's headers, and only by its owner."""
    path, content = str(_SEEN["path"]), _SEEN["content"]
    assert isinstance(content, bytes)
    whole = machine.get(path, cookies=_SEEN["cookies"])
    assert (whole.status_code, whole.content) == (200, content), whole.text[:300]
    assert whole.headers["Content-Type"] == "application/pdf"
    assert whole.headers["Content-Disposition"].startswith("attachment;")
    assert whole.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Cache-Control"] == "no-store"
    assert "X-Accel-Redirect" not in whole.headers
    assert "gunicorn" not in whole.headers["Server"]
    stranger = machine.get(path)
    assert stranger.status_code in (302, 404) and content not in stranger.content
