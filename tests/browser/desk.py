"""A person at a real browser: every page that they see is looked at for errors, CSP, width and, if asked, axe."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

PHONE = {"viewport": {"width": 360, "height": 740}}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
_LEVELS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    # What passes would be told node by node, which takes longer than the look itself.
    "resultTypes": ["violations"],
}
# Chromium says most violations of the policy in the console; the event says all of them.
_TELL_VIOLATIONS = """document.addEventListener('securitypolicyviolation', event =>
    console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI));"""


class Desk:
    """One browser of one person. Every step waits for the page that it leads to, and looks at it."""

    def __init__(self, context: BrowserContext) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        self.context = context
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.seen: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.path}: {error}"))
        self.page.on("dialog", lambda dialog: dialog.accept())

    @property
    def path(self) -> str:
        """Where this browser is."""
        return self.page.evaluate("location.pathname")

    def open(self, path: str) -> Desk:
        """Type an address."""
        answer = self.page.goto(path, wait_until="load")
        assert answer is not None, path
        return self._look(answer.status)

    def follow(self, words: str) -> Desk:
        """Click the link with these words; the words themselves go before a longer text that holds them."""
        exact = self.page.get_by_role("link", name=words, exact=True)
        return self._click((exact if exact.count() else self.page.get_by_role("link", name=words)).first)

    def press(self, words: str, fields: dict[str, Any] | None = None) -> Desk:
        """Fill fields by their names and press the button, as a person does: a radio by its label."""
        for name, value in (fields or {}).items():
            self.fill(name, value)
        return self._click(self.page.get_by_role("button", name=words).first)

    def fill(self, name: str, value: Any) -> None:
        """One field: text, a date, an option of a select, a radio, a box (True), or a file."""
        found = self.page.locator(f'[name="{name}"]')
        kind = found.first.evaluate("field => field.type")
        if kind in ("radio", "checkbox"):
            mine = found if value is True else self.page.locator(f'[name="{name}"][value="{value}"]')
            self.page.locator(f'label[for="{mine.first.get_attribute("id")}"]').click()
            expect(mine.first).to_be_checked()
        elif kind == "file":
            found.set_input_files(value)
        elif kind.startswith("select"):
            found.select_option(value)
        else:
            found.fill(value)

    def score(self, value: int) -> Desk:
        """The same score in every picker on the page."""
        for picker in self.page.locator("fieldset.score").all():
            picker.locator(".choice", has=self.page.locator(f'input[value="{value}"]')).locator("label").click()
        return self

    def says(self, *words: str) -> Desk:
        """The page shows these words."""
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each)
        return self

    def does_not_say(self, *words: str) -> Desk:
        """These words are nowhere in the page, not even hidden."""
        content = self.page.content()
        for each in words:
            assert each not in content, f"“{each}” is on {self.path}"
        return self

    def has_link(self, words: str) -> bool:
        """Whether there is such a link."""
        return self.page.get_by_role("link", name=words).count() > 0

    def state(self, state: str) -> None:
        """Wait until the recorder is in this state."""
        expect(self.page.locator(f'[data-recorder][data-state="{state}"]')).to_have_count(1)

    def plays(self, selector: str) -> None:
        """The player's time moves on."""
        self.page.eval_on_selector(selector, "video => { video.muted = true; return video.play(); }")
        self.page.wait_for_function("selector => document.querySelector(selector).currentTime > 0.3", arg=selector)

    def is_accessible(self) -> Desk:
        """axe finds nothing against WCAG 2.2 AA, on a phone and on a desk."""
        own = self.page.viewport_size
        for size in (PHONE, DESKTOP):
            self.page.set_viewport_size(size["viewport"])  # type: ignore[arg-type]
            found = Axe().run(self.page, options=_LEVELS)
            said = [
                f"{self.path}: {rule['id']}: {node['target']} {node['failureSummary']}"
                for rule in found.response["violations"]
                for node in rule["nodes"]
            ]
            assert said == [], said
            self.look()
        if own is not None:
            self.page.set_viewport_size(own)
        return self

    def look(self) -> Desk:
        """Nothing went wrong so far, and the page is not wider than the screen."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], f"{self.path} is {wide[0]} px wide on a screen of {wide[1]} px"
        assert self.problems == [], self.problems
        return self

    def _click(self, target: Locator) -> Desk:
        with self.page.expect_navigation(wait_until="load") as arrived:
            target.click()
        return self._look(arrived.value.status)

    def _look(self, status: int) -> Desk:
        assert status < 400, f"{self.path}: {status}: {self.page.inner_text('body')[:1500]}"
        self.seen.append(self.path)
        return self.look()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"{message.location.get('url', '')}: {message.text}")
