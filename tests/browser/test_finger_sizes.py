"""On a phone whatever an applicant or an office taps is as tall as a finger (44 px), except links in a sentence."""

from __future__ import annotations

import pytest

from tests.browser.conftest import LiveServer, OpenBrowser
from tests.browser.desk import PHONE
from tests.factories import make_draft, make_opening, make_person
from tests.placing import make_world

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

# A label is the target of its box; a link between words of a sentence wraps with them.
TOO_SMALL = """() => {
  const shown = [...document.querySelectorAll('a, button, summary, select, textarea, input:not([type=hidden])')]
    .map(one => one.closest('.choice') ?? one)
    .filter(one => one.getClientRects().length && !one.closest('.skip, .vh, [hidden]'));
  const beside = one => [...one.parentElement.childNodes].some(
    node => node !== one && node.nodeType === 3 && /\\\\S{2}/.test(node.textContent));
  return [...new Set(shown)]
    .filter(one => !(getComputedStyle(one).display === 'inline' && beside(one)))
    .map(one => [one.textContent.trim().replace(/\\\\s+/g, ' ').slice(0, 40), one.getBoundingClientRect()])
    .filter(([words, box]) => box.height < 43.5)
    .map(([words, box]) => `${words} ${Math.round(box.width)}x${Math.round(box.height)}`);
}""".replace("\\\\", "\\")


def test_targets_are_as_tall_as_a_finger(live_server: LiveServer, open_browser: OpenBrowser) -> None:
    world = make_world(live_server.app)
    with live_server.app.app_context():
        draft = make_draft(make_opening(), make_person("Maya Example"))
        writer, path = draft.person_id, f"/applications/{draft.id}"
    sent = f"/applications/{world.application}"
    pages = {
        writer: (path, f"{path}/contact", f"{path}/documents/resume", f"{path}/offices", f"{path}/review"),
        world.applicant: ("/applications", f"{sent}/status", f"{sent}/sent"),
        world.rolla: ("/defender", f"/defender/placements/{world.proposal}"),
        None: ("/openings", "/openings/client-advocate-mspd", "/help", "/account/sign-in"),
    }
    small = []
    for person, paths in pages.items():
        page = open_browser(person, **PHONE).new_page()
        for each in paths:
            answer = page.goto(each)
            assert answer is not None and answer.status == 200, each
            small += [f"{each}: {found}" for found in page.evaluate(TOO_SMALL)]
    assert small == [], "\n".join(small)
