"""A real Chromium with a fake camera, and a server on a port of its own for it to open."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from werkzeug.serving import make_server

from tests.conftest import MakeApp
from tests.factories import sign_in
from tests.workers.conftest import start, start_worker

__all__ = ["start", "start_worker"]

CHROMIUM = os.environ.get("PLACEWELL_CHROMIUM", "/usr/bin/chromium")
_WORDS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-dev-shm-usage",
)
OpenBrowser = Callable[..., BrowserContext]


@dataclass(frozen=True)
class LiveServer:
    """The app, served for real."""

    app: Flask
    url: str


@pytest.fixture
def live_server(make_app: MakeApp) -> Iterator[LiveServer]:
    """The app on a free port, with its CSRF check on, as in real use."""
    app = make_app(WTF_CSRF_ENABLED=True)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield LiveServer(app, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    if not Path(CHROMIUM).exists():
        words = f"There is no Chromium at {CHROMIUM}: install it, or set PLACEWELL_CHROMIUM to where it is."
        # In CI a browser test that is skipped is a browser test that nobody runs.
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for the whole run, whose camera shows a green disc and beeps."""
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    browser = _playwright.chromium.launch(executable_path=CHROMIUM, args=[*_WORDS, *root])
    yield browser
    browser.close()


@pytest.fixture
def open_browser(browser: Browser, live_server: LiveServer) -> Iterator[OpenBrowser]:
    """A browser of one person: open_browser(person_id), or of nobody; further words go to the context."""
    contexts: list[BrowserContext] = []

    def open_one(person_id: UUID | None = None, **words: object) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, permissions=["camera", "microphone"], **words)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        contexts.append(context)
        if person_id is not None:
            client = sign_in(live_server.app.test_client(), person_id)
            cookie = client.get_cookie("session")
            assert cookie is not None
            context.add_cookies([{"name": "session", "value": cookie.value, "url": live_server.url}])
        return context

    yield open_one
    for context in contexts:
        context.close()
