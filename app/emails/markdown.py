"""Markdown becomes an HTML body and readable plain text; what people typed stays plain text in both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as html_escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": False})
_TAGS = {"p", "br", "a", "ul", "ol", "li", "strong", "em", "h1", "h2", "h3", "blockquote", "code", "hr"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&=:@/])")
_URL = re.compile(r"(?<![\w(<\[\\])(https?://[^\s<>()\[\]]+)")
_LINE_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


class Safe(str):
    """Markdown that we wrote ourselves: it is not escaped."""

    __slots__ = ()


def typed(value: Any) -> Any:
    """Escape what is put into a Markdown text, so that it shows as it was typed; numbers stay numbers."""
    if isinstance(value, Safe | int | float) or value is None:
        return "" if value is None else value
    words = _SPECIAL.sub(r"\\\1", str(value))
    # Every line break is kept, and no blank line can open a paragraph, a list or a code block of its own.
    return Safe(_LINE_BREAKS.sub("\\\\\n", words.strip()).replace("\t", " "))


def to_both(markdown: str) -> tuple[str, str]:
    """Return both forms of a mail: clean, simple HTML, and plain text with each link's address on a line of its own.

    Bare web addresses become links.
    """
    tokens = _PARSER.parse(_URL.sub(r"<\1>", markdown))
    return _html_of(tokens), _text_of(tokens)


def _html_of(tokens: list[Token]) -> str:
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"})


def _text_of(tokens: list[Token]) -> str:
    blocks = _blocks(tokens)
    return re.sub(r"\n{3,}", "\n\n", blocks).strip() + "\n"


def inline_text(markdown: str) -> str:
    """Return one line without any mark-up: for a subject."""
    return _inline(_PARSER.parseInline(markdown)[0].children or []).replace("\n", " ").strip()


def _blocks(tokens: Iterable[Token]) -> str:
    parts: list[str] = []
    lists: list[int | None] = []  # the next number of each open list, None for bullets
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(None if token.type == "bullet_list_open" else int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
            parts.append("\n")
        elif token.type == "list_item_open":
            number = lists[-1]
            parts.append("- " if number is None else f"{number}. ")
            lists[-1] = None if number is None else number + 1
        elif token.type == "inline":
            parts.append(_inline(token.children or []))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content + "\n")
        elif token.type == "hr":
            parts.append("--\n\n")
        elif token.type in ("paragraph_close", "heading_close"):
            parts.append("\n" if lists else "\n\n")
    return "".join(parts)


def _inline(tokens: Iterable[Token]) -> str:
    parts: list[str] = []
    targets: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "link_open":
            targets.append((str(token.attrGet("href") or ""), len(parts)))
        elif token.type == "link_close":
            address, start = targets.pop()
            shown = "".join(parts[start:])
            if shown.rstrip("/") != address.rstrip("/"):
                parts.append(f":\n{address}" if address.startswith("http") else f" ({address})")
    return "".join(parts)


def plain_html(text: str) -> str:
    """Escape one line for an HTML attribute or title."""
    return html_escape(text, quote=True)
