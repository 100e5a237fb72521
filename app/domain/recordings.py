"""What a recorded interview answer may be: its sizes, its slices, its name when downloaded."""

import re
import unicodedata
from collections.abc import Collection, Iterable

from app.domain.words import N_

MEGABYTE = 1024 * 1024
SLICE_SECONDS = 5
MAX_SLICE_BYTES = 16 * MEGABYTE
MAX_TAKE_BYTES = 1024 * MEGABYTE
MAX_UPLOADED_VIDEO_BYTES = 500 * MEGABYTE
MAX_TAKE_SECONDS = 20 * 60
MAX_SEGMENTS = 50
# Ten times what 5 s slices need: a phone may cut shorter ones.
MAX_SLICES_PER_SEGMENT = MAX_TAKE_SECONDS // SLICE_SECONDS * 10
SOFT_LIMIT_GRACE_SECONDS = 15
SHORTEST_SECONDS = 0.5
ENDINGS = {
    "video/mp4": "mp4",
    "audio/mp4": "m4a",
    "video/webm": "webm",
    "audio/webm": "webm",
    "video/quicktime": "mov",
}

# Code -> what happened and how to mend it. Every code that SliceRefused or NotPlayable may carry.
REFUSALS: dict[str, str] = {
    "slice_empty": N_("A part of the recording arrived empty. It is sent again by itself."),
    "slice_too_big": N_("A part of the recording is too large. Choose audio only, or upload a video file."),
    "slice_number": N_("A part of the recording has a number that does not fit."),
    "take_too_big": N_("The recording is too large. Record a shorter answer, or choose audio only."),
    "missing_slices": N_("Parts of the recording have not arrived yet. Keep this page open until they have."),
    "nothing_recorded": N_("Nothing was recorded. This does not count as a try. Record again."),
    "not_media": N_("The selected file is not a video or a sound recording. Choose an MP4, MOV or WebM file."),
    "damaged": N_(
        "We could not play the recording. This does not count as a try. Record again or upload a video file."
    ),
    "too_long": N_("The recording is longer than %(limit_minutes)s minutes. Choose a shorter one."),
    "too_slow": N_("The recording took too long to prepare. We keep it and try again."),
}


class SliceRefused(Exception):
    """A slice that cannot be stored; `message` is the English sentence."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.message = REFUSALS[code]
        super().__init__(self.message)


def media_type_of(declared: str | None) -> str | None:
    """The allowed media type without its codecs, or None ("video/webm;codecs=vp8" -> "video/webm")."""
    bare = (declared or "").split(";", 1)[0].strip().lower()
    return bare if bare in ENDINGS else None


def check_slice(index: int, size: int, *, bytes_so_far: int) -> None:
    """Raise SliceRefused unless slice `index` of `size` bytes may be added to a take of `bytes_so_far`."""
    if not 0 <= index < MAX_SLICES_PER_SEGMENT:
        raise SliceRefused("slice_number")
    if size <= 0:
        raise SliceRefused("slice_empty")
    if size > MAX_SLICE_BYTES:
        raise SliceRefused("slice_too_big")
    if bytes_so_far + size > MAX_TAKE_BYTES:
        raise SliceRefused("take_too_big")


def missing_slices(present: Iterable[int], expected: int | None = None) -> list[int]:
    """The indexes that have not arrived: gaps, and the tail when the count is known. Repeats do no harm."""
    have: Collection[int] = set(present)
    last = expected if expected is not None else max(have, default=-1) + 1
    return [index for index in range(last) if index not in have]


def playable_prefix(present: Iterable[int]) -> int:
    """How many slices from the first on are there without a gap: what can be played if no more arrive."""
    have = set(present)
    count = 0
    while count in have:
        count += 1
    return count


def safe_download_name(reference: str, question_number: int, media_type: str) -> str:
    """An ASCII file name made from our own reference, never from what a person typed as a file name."""
    ascii_text = unicodedata.normalize("NFKD", reference).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "-", ascii_text).strip("-")[:60] or "recording"
    ending = ENDINGS.get(media_type_of(media_type) or "", "bin")
    return f"{stem}-question-{max(0, question_number)}.{ending}"
