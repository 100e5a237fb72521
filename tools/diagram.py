"""Write the state diagram of app/domain/pipeline.py into docs/architecture.md, between its two marks.

Run `make diagram` after a change of the table; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

from app.domain.pipeline import mermaid

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
BEGIN = "<!-- states: made by tools/diagram.py -->"
END = "<!-- end of states -->"


def with_diagram(page: str) -> str:
    """Return the page with the present diagram; ValueError where the marks are missing."""
    before, mark, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{PAGE.name} lacks its marks")
    return f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_diagram(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
