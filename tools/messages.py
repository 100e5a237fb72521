"""Collect every sentence that waits for a translation: `make messages` writes .placewell/messages.pot.

A new language begins with `pybabel init -i .placewell/messages.pot -d app/translations -l es`; its compiled file
(`pybabel compile -d app/translations`) stays out of the repository. What is searched stands in pyproject.toml.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Beside Babel's own: sentences in the rules, and those that wait until they are shown.
KEYWORDS = ("N_", "_l", "lazy_gettext", "lazy_ngettext:1,2", "lazy_pgettext:1c,2")


def main(target: Path) -> int:
    """Write the catalog; return pybabel's status."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [Path(sys.executable).parent / "pybabel", "-q", "extract", "-F", "pyproject.toml"]
    for keyword in KEYWORDS:
        command += ["-k", keyword]
    command += ["--project", "Placewell", "--sort-by-file", "-o", target, "app", "templates"]
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".placewell" / "messages.pot"))
