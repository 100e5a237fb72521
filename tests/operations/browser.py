"""A browser without a window for a real server: the journeys' visitor over HTTP, and one applicant's way."""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.datastructures import MultiDict

from tests.adapters.hostile_documents import pdf
from tests.journeys.visitor import Visitor
from tests.smtp import SmtpServer

YES = {"office-interest", "transportation", "early-career", "entry-level-is-fine", "related-experience"}
ANSWER = "I met Dr. Lee at the clinic. She listened before she asked. I would like to work like that."
SECONDS = 60


@dataclass
class Answer:
    """What a visitor wants to know of an answer, under the names that Flask's client has for it."""

    status_code: int
    status: str
    mimetype: str
    text: str
    request: SimpleNamespace


class HttpClient:
    """The part of Flask's test client that a Visitor uses, over the network; `base` may be changed on the way."""

    def __init__(self, base: str, *, host: str | None = None, verify: str | bool = True) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = verify
        if host:
            self.session.headers["Host"] = host

    def get(self, path: str, *, follow_redirects: bool = True) -> Answer:
        """GET a path."""
        return self._send("GET", path)

    def post(self, path: str, *, data: MultiDict[str, Any], follow_redirects: bool = True) -> Answer:
        """POST a form as a browser would: with its files, if it has any."""
        fields = [(name, value) for name, value in data.items(multi=True) if isinstance(value, str)]
        files = [(name, (value[1], value[0])) for name, value in data.items(multi=True) if not isinstance(value, str)]
        return self._send("POST", path, data=fields, files=files or None)

    def _send(self, method: str, path: str, **more: Any) -> Answer:
        got = self.session.request(method, self.base + path, timeout=SECONDS, allow_redirects=False, **more)
        for _ in range(10):
            if not got.is_redirect:
                break
            parts = urlsplit(got.headers["Location"])
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            got = self.session.get(self.base + path, timeout=SECONDS, allow_redirects=False)
        kind = got.headers.get("Content-Type", "").partition(";")[0]
        place = SimpleNamespace(path=urlsplit(path).path)
        return Answer(got.status_code, f"{got.status_code} {got.reason}", kind, got.text, place)


def code_for(smtp: SmtpServer, address: str, *, earlier: int = 0, seconds: float = 90) -> str:
    """The code in the newest mail to this address, once there are more than `earlier`."""
    deadline = time.monotonic() + seconds
    while len(smtp.to(address)) <= earlier:
        assert time.monotonic() < deadline, f"no code for {address}: {smtp.subjects()}"
        time.sleep(0.05)
    body = smtp.to(address)[-1].get_body(("plain",))
    found = re.search(r"\b(\d{6})\b", body.get_content() if body is not None else "")
    assert found is not None
    return found.group(1)


def start_application(visitor: Visitor, smtp: SmtpServer, address: str) -> str:
    """From the opening to the task list, signing in by mail on the way; return the task list's path."""
    visitor.open("/openings").follow("Public Defender Client Advocate").follow("Start your application")
    _eligible(visitor, "Continue")
    visitor.follow("Continue").submit("E-mail me a code", {"email": address})
    visitor.submit("Continue", {"code": code_for(smtp, address), "own_device": "y"})
    if "/start/" in visitor.path:
        visitor.submit("Start")
    assert re.fullmatch(r"/applications/[0-9a-f-]{36}", visitor.path), visitor.path
    return visitor.path


def upload_resume(visitor: Visitor, here: str) -> tuple[str, bytes]:
    """Upload a résumé; return the path at which its owner reads it, and its bytes."""
    content = pdf("Two years at a crisis line")
    upload = (io.BytesIO(content), "resume.pdf")
    visitor.open(f"{here}/documents/resume").submit("Save and continue", {"file": upload})
    visitor.open(f"{here}/documents/resume")
    links = [str(link["href"]) for link in visitor.page.find_all("a", href=True)]
    [path] = {link for link in links if re.search(r"/documents/resume/[0-9a-f-]{36}$", link)}
    return path, content


def fill_in_and_send(visitor: Visitor, here: str, name: str) -> None:
    """Everything else that the task list asks for, and off."""
    visitor.open(f"{here}/eligibility")
    _eligible(visitor, "Save and continue")
    visitor.open(f"{here}/contact")
    visitor.submit("Save and continue", {"full_name": name, "phone": "(573) 555-0100", "city": "Rolla"})
    visitor.open(f"{here}/background").submit("Save and continue", {"spanish": "professional"})
    for path in _paths(visitor.open(f"{here}/answers"), r"/answers/[0-9a-f-]{36}$"):
        visitor.open(path).submit("Save and continue", {"text": ANSWER})
    visitor.open(f"{here}/offices")
    ranks = visitor.field_names(r"rank-.*")
    visitor.submit("Save", {ranks[0]: "1", ranks[1]: "2"})
    visitor.open(here).follow("Check and send")
    visitor.submit("Send my application", dict.fromkeys(visitor.field_names("confirm-.*"), "y"))
    visitor.says("PFJ-")


def _eligible(visitor: Visitor, button: str) -> None:
    names = [name for name in visitor.field_names(r"[a-z-]+") if name not in ("csrf_token", "next")]
    known = [name for name in names if name in YES or name in ("social-work-license", "law-degree")]
    visitor.submit(button, {name: "yes" if name in YES else "no" for name in known})


def _paths(visitor: Visitor, pattern: str) -> list[str]:
    links = [str(link["href"]) for link in visitor.page.find_all("a", href=True)]
    return list(dict.fromkeys(link for link in links if re.search(pattern, link)))
