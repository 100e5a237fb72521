"""No mail leads to a page that does not exist."""

import re
from pathlib import Path

import pytest
from flask import Flask

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "emails"
LINK = re.compile(r"""\blink\(\s*['"]([\w.]+)['"]((?:\s*,\s*\w+\s*=[^,)]*)*)""")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_mail_links_to_pages_that_exist_with_what_they_need(app: Flask, path: Path) -> None:
    wrong = []
    for endpoint, arguments in LINK.findall(path.read_text(encoding="utf-8")):
        given = set(re.findall(r"(\w+)\s*=", arguments))
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
        if not any(rule.arguments <= given and "GET" in (rule.methods or ()) for rule in rules):
            wrong.append((endpoint, sorted(given)))
    assert wrong == []
