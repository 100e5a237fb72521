"""A person with a browser: opens pages, follows links, fills the forms that are really on the page."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

File = tuple[io.BytesIO, str]


class Visitor:
    """One browser. Every step asserts that the server took it and that the words are on the page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.path = "/"
        self.page = BeautifulSoup("", "html.parser")
        self.answer: TestResponse | None = None

    def open(self, path: str, status: int = 200) -> Visitor:
        """Open a page, following redirects."""
        return self._took(self.client.get(_local(path), follow_redirects=True), status)

    def follow(self, words: str) -> Visitor:
        """Click the link with these words."""
        links = self.page.find_all("a", href=True)
        # The words themselves go before a longer text that holds them.
        for link in sorted(links, key=lambda link: _text(link) != words):
            if words in _text(link):
                return self.open(urljoin(self.path, str(link["href"])))
        raise AssertionError(f"no link “{words}” on {self.path}: {self.links()}")

    def submit(self, button: str, fields: dict[str, Any] | None = None, *, status: int = 200, nth: int = 0) -> Visitor:
        """Fill the form with this button and press it. Only fields that the form has may be filled."""
        form, pressed = self._form(button, nth)
        data = _values(form)
        names = {str(tag["name"]) for tag in form.find_all(attrs={"name": True})}
        for name, value in (fields or {}).items():
            assert name in names, f"the form “{button}” on {self.path} has no field {name}: {sorted(names)}"
            data.setlist(name, value if isinstance(value, list) else [value])
        if pressed.get("name"):
            data[str(pressed["name"])] = str(pressed.get("value", ""))
        action = urljoin(self.path, str(pressed.get("formaction") or form.get("action") or self.path))
        assert (form.get("method") or "get").lower() == "post", f"“{button}” on {self.path} does not post"
        return self._took(self.client.post(_local(action), data=data, follow_redirects=True), status)

    def says(self, *words: str) -> Visitor:
        """Assert that the page says this."""
        text = _text(self.page)
        for word in words:
            assert word in text, f"“{word}” is not on {self.path}: {text[:1500]}"
        return self

    def does_not_say(self, *words: str) -> Visitor:
        """Assert that the page does not say this."""
        for word in words:
            assert word not in str(self.page), f"“{word}” is on {self.path}"
        return self

    def field_names(self, pattern: str) -> list[str]:
        """The names of the fields on the page that match, in order, each once."""
        names = [str(tag["name"]) for tag in self.page.find_all(attrs={"name": True})]
        return list(dict.fromkeys(name for name in names if re.fullmatch(pattern, name)))

    def links(self) -> list[str]:
        """The words of all links."""
        return [_text(link) for link in self.page.find_all("a")]

    def _form(self, button: str, nth: int) -> tuple[Tag, Tag]:
        found = []
        for form in self.page.find_all("form"):
            for pressed in form.find_all("button"):
                if button in _text(pressed):
                    found.append((form, pressed))
        buttons = [_text(tag) for tag in self.page.find_all("button")]
        assert len(found) > nth, f"no button “{button}” on {self.path}: {buttons}; {_text(self.page)[:800]}"
        return found[nth]

    def _took(self, answer: TestResponse, status: int) -> Visitor:
        self.answer = answer
        self.path = answer.request.path
        self.page = BeautifulSoup(answer.text if "html" in answer.mimetype else "", "html.parser")
        assert answer.status_code == status, f"{answer.request.path}: {answer.status}: {_text(self.page)[:1500]}"
        return self


def _local(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _text(tag: Tag | BeautifulSoup) -> str:
    return " ".join(tag.get_text(" ").split())


def _values(form: Tag) -> MultiDict[str, Any]:
    """What a browser would send if nothing were touched."""
    data: MultiDict[str, Any] = MultiDict()
    for tag in form.find_all(["input", "textarea", "select"]):
        name = str(tag.get("name") or "")
        if not name or tag.has_attr("disabled"):
            continue
        if tag.name == "textarea":
            data.add(name, tag.get_text().removeprefix("\n"))
        elif tag.name == "select":
            options = tag.find_all("option")
            chosen = [option for option in options if option.has_attr("selected")] or options[:1]
            for option in chosen:
                data.add(name, str(option.get("value", _text(option))))
        elif tag.get("type") in ("radio", "checkbox"):
            if tag.has_attr("checked"):
                data.add(name, str(tag.get("value", "on")))
        elif tag.get("type") not in ("file", "submit", "button"):
            data.add(name, str(tag.get("value", "")))
    return data
