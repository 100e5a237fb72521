"""ffmpeg as a separate process under limits: where it is, what a file is, whether it plays."""

import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from app.adapters.limited import Finished, LimitExceeded, run_limited
from app.domain.recordings import MAX_TAKE_SECONDS, REFUSALS, SHORTEST_SECONDS

MEMORY_MB = 2048
FILE_MB = 2048
THREADS = "2"
_DEMUXERS = {"webm": "matroska", "mp4": "mov", "mov": "mov"}
_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"crx ")
_STREAM = re.compile(r"^\s*Stream #0:\d+.*?: (Video|Audio): (\w+)(.*)$", re.MULTILINE)
_SIZE = re.compile(r"\b(\d{2,5})x(\d{2,5})\b")
_OUT_TIME = re.compile(rb"^out_time_us=(\d+)", re.MULTILINE)
_DECODED_SECONDS = 10


class NotPlayable(Exception):
    """A recording that cannot be played; `reason` is a code of app.domain.recordings.REFUSALS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.message = REFUSALS[reason]
        self.values = {"limit_minutes": MAX_TAKE_SECONDS // 60}
        super().__init__(self.message % self.values)


class MediaToolMissing(Exception):
    """There is no ffmpeg on this machine."""


@dataclass(frozen=True)
class MediaFacts:
    """What a recording is; `width` and `height` are 0 without a picture."""

    duration_seconds: float
    has_video: bool
    has_audio: bool
    container: str
    video_codec: str = ""
    audio_codec: str = ""
    width: int = 0
    height: int = 0

    @property
    def media_type(self) -> str:
        """For the Content-Type header."""
        ending = "quicktime" if self.container == "mov" else self.container
        return f"{'video' if self.has_video else 'audio'}/{ending}"

    @property
    def plays_everywhere(self) -> bool:
        """H.264 and AAC in mp4: Safari plays it too."""
        codecs = self.video_codec in ("", "h264") and self.audio_codec in ("", "aac")
        return self.container == "mp4" and codecs


@cache
def ffmpeg_path() -> str:
    """The system's ffmpeg if there is one, else the one from the package. Raises MediaToolMissing."""
    try:
        return shutil.which("ffmpeg") or get_ffmpeg_exe()
    except RuntimeError as error:
        raise MediaToolMissing("no ffmpeg found") from error


def sniff_container(data: bytes) -> str | None:
    """ "webm", "mp4" or "mov" by the first bytes (64 are enough), or None."""
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"webm" in data[:64] or b"matroska" in data[:64] else None
    if data[4:8] != b"ftyp" or data[8:12] in _PICTURE_BRANDS:
        return None
    return "mov" if data[8:12] == b"qt  " else "mp4"


def container_of(path: Path) -> str:
    """The container of a file. Raises NotPlayable("not_media") for HTML, programs and the rest."""
    with path.open("rb") as file:
        container = sniff_container(file.read(64))
    if container is None:
        raise NotPlayable("not_media")
    return container


def reading(path: Path) -> list[str]:
    """The words that open an untrusted file: one demuxer that we chose, and no other file or network."""
    demuxer = _DEMUXERS[container_of(path)]
    return ["-protocol_whitelist", "file", "-f", demuxer, "-i", f"file:{path}"]


def run_ffmpeg(words: list[str], *, seconds: float = 120) -> Finished:
    """Run and return how it ended, whatever the result. Raises NotPlayable("too_slow")."""
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-y", *words]
    try:
        return run_limited(command, seconds=seconds, memory_mb=MEMORY_MB, file_mb=FILE_MB)
    except LimitExceeded as error:
        raise NotPlayable("too_slow") from error


def check_plays(path: Path, *, longest_seconds: float | None = None) -> MediaFacts:
    """Decode the beginning, walk to the end, tell what it is.

    Raises NotPlayable: not_media, damaged, nothing_recorded, too_long, too_slow.
    """
    streams = ["-map", "0:v:0?", "-map", "0:a:0?"]
    source = reading(path)
    walked = run_ffmpeg([*source, *streams, "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"])
    if not walked.ok:
        raise NotPlayable("damaged")
    duration = _last_time(walked)
    if duration < SHORTEST_SECONDS:
        raise NotPlayable("nothing_recorded")
    begin = ["-threads", THREADS, "-t", str(_DECODED_SECONDS), "-progress", "pipe:1", "-f", "null", "-"]
    decoded = run_ffmpeg([*source, *streams, *begin])
    if not decoded.ok or _last_time(decoded) <= 0:
        raise NotPlayable("damaged")
    if longest_seconds is not None and duration > longest_seconds:
        raise NotPlayable("too_long")
    return _facts(walked.stderr.decode("utf-8", "replace"), duration, container_of(path))


def _last_time(ended: Finished) -> float:
    times = _OUT_TIME.findall(ended.stdout)
    return int(times[-1]) / 1_000_000 if times else 0.0


def _facts(told: str, duration: float, container: str) -> MediaFacts:
    """Reads the input half of what ffmpeg says about the streams."""
    found: dict[str, tuple[str, str]] = {}
    for kind, codec, rest in _STREAM.findall(told.split("Output #0", 1)[0]):
        found.setdefault(kind, (codec, rest))
    video, audio = found.get("Video"), found.get("Audio")
    size = _SIZE.search(video[1]) if video else None
    return MediaFacts(
        duration_seconds=round(duration, 2),
        has_video=video is not None,
        has_audio=audio is not None,
        container=container,
        video_codec=video[0] if video else "",
        audio_codec=audio[0] if audio else "",
        width=int(size[1]) if size else 0,
        height=int(size[2]) if size else 0,
    )
