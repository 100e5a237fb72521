"""Write the state diagram of app/domain/pipeline.py into docs/architecture.md, between its two marks.

Run `make diagram` after a change of the table; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

from app.domain.pipeline import STATES, TRANSITIONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
BEGIN = "<!-- states: made by tools/diagram.py -->"
END = "<!-- end of states -->"
# Drawn as a note: an arrow from every state would hide the others.
_FROM_EVERYWHERE = ("withdraw_application", "close_placed_elsewhere")


def mermaid() -> str:
    """Draw the table as a Mermaid state diagram (a test keeps the page current)."""
    lines = ["stateDiagram-v2"]
    for transition in TRANSITIONS.values():
        if transition.event in _FROM_EVERYWHERE:
            continue
        for source in sorted(transition.sources, key=lambda name: name or ""):
            lines.append(f"    {source or '[*]'} --> {transition.target}: {transition.event}")
    lines.append("    note right of withdrawn: withdraw_application leads here from every state that has not ended")
    lines.append("    note right of placed_elsewhere: close_placed_elsewhere leads here in the same way")
    lines.extend(f"    {name} --> [*]" for name, state in STATES.items() if state.ended)
    return "\n".join(lines)


def with_diagram(page: str) -> str:
    """Return the page with the present diagram; ValueError where the marks are missing."""
    before, mark, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"{PAGE.name} lacks its marks")
    return f"{before}{BEGIN}\n```mermaid\n{mermaid()}\n```\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_diagram(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
