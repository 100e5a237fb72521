"""Tagged PDFs (PDF/UA-1) from a template and data, made in a process of its own with a time limit."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.adapters.limited import LimitExceeded, run_limited

_CHILD = Path(__file__).with_name("typst_child.py")
_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pdf"
_SECONDS = 15
_MEMORY_MB = 2048
_FONTS = "fontpkg_atkinson_hyperlegible"


class PdfFailed(Exception):
    """No PDF could be made; the text says why and is for the log."""


def make_pdf(template: str, data: Mapping[str, Any], *, moment: datetime) -> bytes:
    """Return a PDF from templates/pdf/<template>.typ; `moment` is the date that the file states.

    `data` holds plain JSON values; texts may hold anything that a person typed. `title` and `lang` ("en") are
    the file's own. Raises PdfFailed.
    """
    asked = {
        "template": str(_TEMPLATES / f"{template}.typ"),
        "root": str(_TEMPLATES),
        "fonts": _font_folders(),
        "moment": int(moment.timestamp()),
        "data": dict(data),
    }
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        ended = run_limited(command, seconds=_SECONDS, memory_mb=_MEMORY_MB, data=json.dumps(asked).encode())
    except LimitExceeded as problem:
        raise PdfFailed(f"{template}: {problem}") from problem
    if not ended.ok or not ended.stdout.startswith(b"%PDF"):
        raise PdfFailed(f"{template}: {ended.stderr.decode(errors='replace')[-500:]}")
    return ended.stdout


def _font_folders() -> list[str]:
    """The typeface of our pages where it is installed; else typst's own serves."""
    found = find_spec(_FONTS)
    return [str(Path(found.origin).parent / "files")] if found is not None and found.origin else []
