"""What stands in for `git clone`: this working tree, clean, with the files of deploy/ moved into the folder.

copy_tree.py MOVES.json TARGET
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("tests/", "faults/", "bench/", "screenshots/", "docs/")


def moved(text: str, root: str, places: Iterable[str], texts: Mapping[str, str]) -> str:
    """The text with its absolute places below `root`, and `texts` replaced."""
    for place in places:
        text = re.sub(rf"(?<![\w/]){re.escape(place)}(?!\w)", f"{root}{place}", text)
    for old, new in texts.items():
        text = text.replace(old, new)
    return text


def main() -> None:
    """Copy what git knows or would take, and nothing that it ignores."""
    moves = json.loads(Path(sys.argv[1]).read_text())
    target = Path(sys.argv[2])
    for name in _names():
        if name.startswith(LEFT_OUT) or not (ROOT / name).is_file():
            continue
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, path)
        if name.startswith("deploy/"):
            path.write_text(moved(path.read_text(), moves["root"], moves["places"], moves["texts"]))
    if not moves["clean"]:
        # The environment is shared; tools/bootstrap.py finds that it is the right one.
        (target / ".venv").symlink_to(ROOT / ".venv")
        if (ROOT / "app/static/built").is_dir():
            (target / "app/static/built").symlink_to(ROOT / "app/static/built")


def _names() -> list[str]:
    git = next((path for path in ("/usr/bin/git", "/usr/local/bin/git") if Path(path).exists()), None)
    if git is None or not (ROOT / ".git").exists():  # an unpacked archive: everything but what we make ourselves
        made = {".venv", ".git", "__pycache__", "built", ".placewell"}
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return [str(path) for path in found if not made & set(path.parts)]
    command = [git, "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    return [
        name for name in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0") if name
    ]


if __name__ == "__main__":
    main()
