"""`make screenshots`: every page of the demo, as each role, at 360 and 1280 px, light and dark.

Writes to screenshots/ (ignored). Fails where a page scrolls sideways at 360 px or answers with an error.
BASE_URL names a running demo; without it one is started on servers of its own and stopped again.
With --readme it writes only the two pictures of the README, to docs/pictures/.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "app" / "adapters")]

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from servers import start_postgres  # noqa: E402

OUT = ROOT / "screenshots"
PICTURES = ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("PLACEWELL_CHROMIUM") or "/usr/bin/chromium"
SIZES = {360: 740, 1280: 800}
SCHEMES = ("light", "dark")
MOST_PAGES = 60
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Files and one-time links are no pages.
NO_PAGE = re.compile(r"\.(ics|pdf|docx|svg|xml|csv|json)$|/(file|resume|stream|documents/\*|html)$|/account/sign-out")
# The same for everybody: pictured once, as the visitor.
SHARED = re.compile(r"^/(demo|openings|eligibility|how-we-choose|help|privacy|account/sign-in)\b")
# Whose eyes (None: nobody is signed in), and where each begins besides the start page.
ROLES = {
    "visitor": None,
    "maya": "Maya Torres",
    "recording-due": "Mei Huang",
    "booking-due": "Abigail Stone",
    "offer": "Marcus Webb",
    "placed": "Nadia Brooks",
    "reader": "Tomas Lindgren",
    "interviewer": "Priya Raman",
    "manager": "Ruth Abernathy",
    "supervisor": "Calvin Hayes",
    "administrator": "Owen Pratt",
}
README = {
    "scoring.png": ("Tomas Lindgren", r"^/staff/reading/\*$"),
    "status.png": ("Marcus Webb", r"^/applications/\*/status$"),
}


def main() -> int:
    """Take the pictures; return the exit code."""
    base = os.environ.get("BASE_URL", "").rstrip("/")
    with _given(base) if base else _started() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        if "--readme" in sys.argv:
            return _for_readme(browser, url)
        shutil.rmtree(OUT, ignore_errors=True)
        faults = [fault for role, name in ROLES.items() for fault in _walk(browser, url, role, name)]
    print("\n".join(faults) or "No page scrolls sideways at 360 px, and none failed.")
    return 1 if faults else 0


def _walk(browser: Browser, base: str, role: str, name: str | None) -> list[str]:
    """Visit each kind of page once that this role can reach, and picture it in every shape."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    first = _sign_in(page, base, name)
    seen: dict[str, str] = {}
    waiting, faults = [first], []
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        kind = UUID.sub("*", path.partition("?")[0])
        if kind in seen or NO_PAGE.search(kind) or (name and SHARED.search(kind)):
            continue
        answer = page.goto(base + path, wait_until="load")
        landed = urlsplit(page.url).path
        kind = UUID.sub("*", landed)
        if kind in seen:
            continue
        seen[kind] = landed
        if answer is not None and answer.status >= 400:
            faults.append(f"{role} {kind}: answered {answer.status}")
            continue
        # Asked before the pictures: a page that reloads itself must not lose the links.
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [link.removeprefix(base) for link in links if link.startswith(base + "/") and "#" not in link]
        faults += _pictures(page, role, kind)
    print(f"{role}: {len(seen)} pages")
    context.close()
    return faults


def _sign_in(page: Page, base: str, name: str | None) -> str:
    """Sign in as one of the demo's people; return where they landed."""
    if name is None:
        return "/openings"
    page.goto(f"{base}/demo/people")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))
    row.get_by_role("button").click()
    page.wait_for_load_state("load")
    return urlsplit(page.url).path


def _pictures(page: Page, role: str, kind: str) -> list[str]:
    folder = OUT / role
    folder.mkdir(parents=True, exist_ok=True)
    name = kind.strip("/").replace("/", "_").replace("*", "x") or "start"
    faults = []
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        if width == 360 and (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            faults.append(f"{role} {kind}: {wide} px wide at {width} px")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=str(folder / f"{name}-{width}-{scheme}.png"), full_page=True)
    return faults


def _for_readme(browser: Browser, base: str) -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for file, (name, wanted) in README.items():
        context = browser.new_context(viewport={"width": 1000, "height": 700}, color_scheme="light")
        page = context.new_page()
        waiting, seen = [_sign_in(page, base, name)], set()
        while waiting and not re.search(wanted, UUID.sub("*", urlsplit(page.url).path)):
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            page.goto(base + path)
            links = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
            waiting += [link.removeprefix(base) for link in links if link.startswith(base + "/")]
        page.screenshot(path=str(PICTURES / file))
        print(f"docs/pictures/{file}: {urlsplit(page.url).path}")
        context.close()
    return 0


@contextmanager
def _given(url: str) -> Iterator[str]:
    yield url


@contextmanager
def _started() -> Iterator[str]:
    """A demo of its own: database and web server, without workers."""
    folder = Path(tempfile.mkdtemp(prefix="placewell-screenshots-"))
    server = start_postgres(folder / "postgres", durable=False)
    web: subprocess.Popen[bytes] | None = None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PLACEWELL_DEMO": "1",
        "PLACEWELL_DATA": str(folder / "data"),
        "SECRET_KEY": "only-for-pictures-only-for-pictures",
        "DATABASE_URL": server.app_url,
        "DATABASE_OWNER_URL": server.owner_url,
        "BASE_URL": url,
    }
    flask = [sys.executable, "-m", "flask", "--app", "app"]
    try:
        owner = {**environment, "DATABASE_URL": server.owner_url}
        subprocess.run([*flask, "db", "upgrade"], cwd=ROOT, env=owner, check=True, capture_output=True)
        subprocess.run([*flask, "demo", "prepare"], cwd=ROOT, env=environment, check=True)
        gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
        web = subprocess.Popen([*gunicorn, "--log-level", "warning", "app:create_app()"], cwd=ROOT, env=environment)
        _wait_for(url)
        yield url
    finally:
        if web is not None:
            web.terminate()
            web.wait(20)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    for _try in range(120):
        try:
            urllib.request.urlopen(f"{url}/demo", timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit(f"{url} does not answer")


if __name__ == "__main__":
    sys.exit(main())
