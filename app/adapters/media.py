"""An interview take out of the slices that a browser sent: joined, seekable, playable everywhere."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.adapters.ffmpeg import (
    THREADS,
    MediaFacts,
    NotPlayable,
    check_plays,
    container_of,
    reading,
    run_ffmpeg,
)

_ENDINGS = {"webm": "webm", "mp4": "mp4", "mov": "mp4"}
_FIT = "scale='min(1280,iw)':'min(720,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p", "-threads", THREADS]
_AAC = ["-c:a", "aac", "-b:a", "96k", "-ar", "48000"]
# No metadata: a phone's video knows where it was taken.
_MP4 = ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"]


@dataclass(frozen=True)
class AssembledTake:
    """One playable file; `skipped_segments` could not be read and are left out."""

    path: Path
    facts: MediaFacts
    skipped_segments: int


def assemble_take(segments: Sequence[Sequence[Path]], out_directory: Path) -> AssembledTake:
    """Join each segment's slices in the given order, then the segments; the result has length and seeking.

    A segment is one run of the recorder: only its first slice has a header. A segment that cannot be read
    does not lose the others. Raises NotPlayable when none can.
    """
    with TemporaryDirectory(dir=out_directory) as folder:
        good: list[Path] = []
        reason = "nothing_recorded"
        for number, slices in enumerate(segments):
            joined = Path(folder) / f"segment{number}"
            try:
                concatenate(slices, joined)
                good.append(remux(joined, Path(folder), f"remuxed{number}"))
            except NotPlayable as unplayable:
                reason = unplayable.reason
            joined.unlink(missing_ok=True)
        if not good:
            raise NotPlayable(reason)
        whole = good[0] if len(good) == 1 else _join(good, Path(folder))
        final = out_directory / f"take{whole.suffix}"
        shutil.move(whole, final)
    return AssembledTake(final, check_plays(final), len(segments) - len(good))


def concatenate(slices: Sequence[Path], out: Path) -> None:
    """One segment's slices, byte after byte. Raises NotPlayable when they hold nothing."""
    with out.open("wb") as whole:
        for piece in slices:
            with piece.open("rb") as part:
                shutil.copyfileobj(part, whole, 1024 * 1024)
        if whole.tell() == 0:
            raise NotPlayable("nothing_recorded")


def remux(source: Path, folder: Path, name: str) -> Path:
    """The same pictures and sound in a fresh container with length and index; checked that it plays."""
    out = folder / f"{name}.{_ENDINGS[container_of(source)]}"
    copy = [*reading(source), "-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy"]
    shape = _MP4 if out.suffix == ".mp4" else ["-map_metadata", "-1", "-f", "webm"]
    if not run_ffmpeg([*copy, *shape, f"file:{out}"]).ok:
        out.unlink(missing_ok=True)
        out = folder / f"{name}.mp4"
        transcode_to_mp4(source, out)
    check_plays(out)
    return out


def transcode_to_mp4(source: Path, out: Path, *, seconds: float = 1800) -> MediaFacts:
    """H.264 and AAC in mp4 that begins to play at once, at most 1280x720. `seconds` is the time allowed.

    Raises NotPlayable.
    """
    picture = ["-map", "0:v:0?", "-vf", _FIT, *_H264]
    sound = ["-map", "0:a:0?", *_AAC]
    ended = run_ffmpeg([*reading(source), *picture, *sound, *_MP4, f"file:{out}"], seconds=seconds)
    if not ended.ok:
        out.unlink(missing_ok=True)
        raise NotPlayable("damaged")
    return check_plays(out)


def make_sample_recording(path: Path, seconds: float = 6, container: str = "webm") -> None:
    """A moving test picture with a quiet tone, for demo data and tests: "webm" (VP8, Opus) or "mp4"."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=15:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=330:duration={seconds}"]
    webm = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-c:a", "libopus"]
    coding = [*webm, "-f", "webm"] if container == "webm" else [*_H264, *_AAC, *_MP4]
    ended = run_ffmpeg([*picture, *sound, "-af", "volume=0.1", *coding, f"file:{path}"])
    if not ended.ok:
        raise RuntimeError(ended.stderr.decode("utf-8", "replace")[-500:])


def _join(parts: list[Path], folder: Path) -> Path:
    """Several segments in one mp4. They may come from two devices, so each is first made alike."""
    facts = [check_plays(part) for part in parts]
    with_picture = [each for each in facts if each.has_video]
    size = (with_picture[0].width // 2 * 2, with_picture[0].height // 2 * 2) if with_picture else None
    alike = []
    for number, (part, known) in enumerate(zip(parts, facts, strict=True)):
        alike.append(folder / f"alike{number}.mp4")
        _make_alike(part, known, size, alike[-1])
    listing = folder / "list.txt"
    listing.write_text("".join(f"file '{part.name}'\n" for part in alike))
    out = folder / "joined.mp4"
    words = ["-f", "concat", "-safe", "1", "-i", str(listing), "-c", "copy", *_MP4, f"file:{out}"]
    if not run_ffmpeg(words).ok:
        raise NotPlayable("damaged")
    return out


def _make_alike(part: Path, known: MediaFacts, size: tuple[int, int] | None, out: Path) -> None:
    """Same size, rate and sound; black or silence where a segment has no picture or no sound."""
    inputs, length = reading(part), ["-t", str(known.duration_seconds)]
    picture: list[str] = []
    if size is not None:
        width, height = size
        if not known.has_video:
            inputs += ["-f", "lavfi", "-i", f"color=black:size={width}x{height}:rate=25"]
        fit = f"scale={width}:{height}:force_original_aspect_ratio=decrease"
        pad = f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=25"
        picture = ["-map", "0:v:0" if known.has_video else "1:v:0", "-vf", f"{fit},{pad}", *_H264]
    if not known.has_audio:
        inputs += ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono"]
    # Resampling from the first moment keeps picture and sound together over the joints.
    sound = [
        "-map",
        "0:a:0" if known.has_audio else "1:a:0",
        "-af",
        "aresample=async=1:first_pts=0",
        "-ac",
        "1",
    ]
    if not run_ffmpeg([*inputs, *picture, *sound, *_AAC, *length, *_MP4, f"file:{out}"], seconds=1800).ok:
        raise NotPlayable("damaged")
