"""What may become a link."""

import pytest

from app.domain.web_address import web_address


@pytest.mark.parametrize(
    "words",
    ["https://video.example.org/room", "http://video.example.org", " https://video.example.org/j/1?pwd=a%20b#x ",
     "HTTPS://Video.Example.org:8443/"],
)  # fmt: skip
def test_a_web_address_is_a_link(words: str):
    assert web_address(words) == words.strip()


@pytest.mark.parametrize(
    "words",
    [None, "", "573 555 0123", "javascript:alert(1)", "https:", "https://", "//video.example.org", "video.example.org",
     "https://video.example.org, code 12", "https://zoom.us@evil.example.org", 'https://x.org/"onclick="y',
     "https://[::1", "https://x.org:99999/", "data:text/html,x", "https://x.org/\u0000", "https://x.org/" + "a" * 3000],
)  # fmt: skip
def test_anything_else_is_words(words: str | None):
    assert web_address(words) is None
