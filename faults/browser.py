"""A browser without a screen: real HTTP to the real web server, with cookies and the forms' tokens."""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from flask import Flask

from tests.factories import sign_in

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Answer:
    """What came back; status 0 where nothing did."""

    status: int
    text: str = ""
    location: str = ""
    seconds: float = 0.0


@dataclass
class Sent:
    """One application that a browser sent, and what it was told."""

    application: UUID
    answer: Answer
    files: tuple[str, ...] = ()  # sha256 of each

    @property
    def accepted(self) -> bool:
        """Whether the person was told that it is sent."""
        return self.answer.status in range(200, 400) and self.answer.location.endswith("/status")


@dataclass
class Browser:
    """One person's. Each request has a connection of its own, so that it meets whichever server is there."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    timeout: float = 60

    @classmethod
    def signed_in(cls, app: Flask, port: int, person_id: UUID) -> Browser:
        """With the session that signing in leaves."""
        client = sign_in(app.test_client(), person_id)
        cookie = client.get_cookie("session")
        assert cookie is not None
        return cls(port, {"session": cookie.value})

    def get(self, path: str) -> Answer:
        """Open a page; its token is kept for the next form."""
        answer = self.send("GET", path)
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        """Send a form."""
        body = urlencode({"csrf_token": self.token, **(fields or {})}).encode()
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def upload(self, path: str, name: str, data: bytes, fields: dict[str, str] | None = None) -> Answer:
        """Send a form with one file in the field `file`."""
        boundary = uuid4().hex
        lines = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in {"csrf_token": self.token, **(fields or {})}.items()
        ]
        lines.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = "".join(lines).encode() + data + f"\r\n--{boundary}--\r\n".encode()
        return self.send("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; what the network does is an answer, too (status 0)."""
        began = time.monotonic()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        base = f"http://127.0.0.1:{self.port}"
        sent = {"Cookie": cookies, "Referer": base + path, "Origin": base, **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as problem:
            return Answer(0, type(problem).__name__, seconds=time.monotonic() - began)
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie") or ():
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        location = urlsplit(response.headers.get("Location", "")).path
        return Answer(response.status, text, location, time.monotonic() - began)
