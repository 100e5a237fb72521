import pytest

from app.adapters.ffmpeg import NotPlayable, check_plays, run_ffmpeg, sniff_container
from app.adapters.media import assemble_take, make_sample_recording, transcode_to_mp4


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    make_sample_recording(folder / "a.webm", 4, "webm")
    make_sample_recording(folder / "a.mp4", 3, "mp4")
    live = ["-i", str(folder / "a.webm"), "-c", "copy", "-live", "1", "-f", "webm", str(folder / "live.webm")]
    fragments = [
        "-movflags",
        "frag_keyframe+empty_moov+default_base_moof",
        "-f",
        "mp4",
        str(folder / "live.mp4"),
    ]
    sound = ["-i", str(folder / "a.webm"), "-vn", "-c", "copy", str(folder / "sound.webm")]
    silent = ["-i", str(folder / "a.webm"), "-an", "-c", "copy", str(folder / "silent.webm")]
    for words in (live, ["-i", str(folder / "a.mp4"), "-c", "copy", *fragments], sound, silent):
        assert run_ffmpeg(words).ok
    return folder


def sliced(path, folder, count=5):
    """The file cut as a browser's recorder cuts it: only the first slice has a header."""
    data, name = path.read_bytes(), path.name
    step = len(data) // count + 1
    slices = [folder / f"{name}.{number}" for number in range(count)]
    for number, piece in enumerate(slices):
        piece.write_bytes(data[number * step : (number + 1) * step])
    return slices


def test_sample_recording_plays(samples):
    facts = check_plays(samples / "a.webm")
    assert (facts.has_video, facts.has_audio, facts.container) == (True, True, "webm")
    assert (facts.video_codec, facts.audio_codec, facts.width, facts.height) == ("vp8", "opus", 640, 360)
    assert facts.media_type == "video/webm"
    assert facts.plays_everywhere is False
    assert facts.duration_seconds == pytest.approx(4, abs=0.2)


def test_assembled_webm_gets_the_length_it_lacked(samples, tmp_path):
    before = run_ffmpeg(["-i", str(samples / "live.webm"), "-t", "0.1", "-f", "null", "-"]).stderr.decode()
    assert "Duration: N/A" in before
    take = assemble_take([sliced(samples / "live.webm", tmp_path)], tmp_path)
    after = run_ffmpeg(["-i", str(take.path), "-t", "0.1", "-f", "null", "-"]).stderr.decode()
    assert "Duration: 00:00:04" in after
    assert take.path == tmp_path / "take.webm"
    assert take.facts.duration_seconds == pytest.approx(4, abs=0.2)
    assert take.skipped_segments == 0


def test_fragmented_mp4_is_assembled_to_an_ordinary_one(samples, tmp_path):
    take = assemble_take([sliced(samples / "live.mp4", tmp_path)], tmp_path)
    assert take.path.suffix == ".mp4"
    assert take.facts.plays_everywhere is True
    assert b"moof" not in take.path.read_bytes()


def test_segments_of_different_devices_are_joined(samples, tmp_path):
    segments = [
        [samples / "live.webm"],
        [samples / "live.mp4"],
        [samples / "sound.webm"],
        [samples / "silent.webm"],
    ]
    take = assemble_take(segments, tmp_path)
    assert take.facts.duration_seconds == pytest.approx(15, abs=0.6)
    assert (take.facts.has_video, take.facts.has_audio, take.facts.plays_everywhere) == (True, True, True)


def test_sound_alone_is_a_take(samples, tmp_path):
    take = assemble_take([[samples / "sound.webm"], [samples / "sound.webm"]], tmp_path)
    assert (take.facts.has_video, take.facts.media_type) == (False, "audio/mp4")
    assert take.facts.duration_seconds == pytest.approx(8, abs=0.4)


def test_torn_segment_does_not_lose_the_others(samples, tmp_path):
    torn = tmp_path / "torn"
    torn.write_bytes(b"\x1a\x45\xdf\xa3 webm then nothing")
    take = assemble_take([[torn], [samples / "live.webm"], []], tmp_path)
    assert take.skipped_segments == 2
    assert take.facts.duration_seconds == pytest.approx(4, abs=0.2)


def test_end_that_never_arrived_keeps_what_did(samples, tmp_path):
    take = assemble_take([sliced(samples / "live.webm", tmp_path)[:3]], tmp_path)
    assert 1 < take.facts.duration_seconds < 4


def test_assembling_leaves_only_the_take(samples, tmp_path):
    assemble_take([[samples / "live.webm"]], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["take.webm"]


def test_webm_is_transcoded_for_safari(samples, tmp_path):
    facts = transcode_to_mp4(samples / "a.webm", tmp_path / "out.mp4")
    assert facts.plays_everywhere is True
    assert (facts.video_codec, facts.audio_codec, facts.width, facts.height) == ("h264", "aac", 640, 360)
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_media"),
        (b"<!DOCTYPE html><video src=x>", "not_media"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not_media"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_media"),
        (b"MZ\x90\x00", "not_media"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "not_media"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01webm<html>", "damaged"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isom" + b"<html>" * 50, "damaged"),
    ],
)
def test_what_is_not_a_recording_is_refused(tmp_path, content, reason):
    path = tmp_path / "video.mp4"
    path.write_bytes(content)
    with pytest.raises(NotPlayable) as refused:
        check_plays(path)
    assert refused.value.reason == reason
    assert str(refused.value).endswith(".")


def test_too_short_and_too_long_are_told(samples, tmp_path):
    make_sample_recording(tmp_path / "blink.mp4", 0.2, "mp4")
    with pytest.raises(NotPlayable) as short:
        check_plays(tmp_path / "blink.mp4")
    assert short.value.reason == "nothing_recorded"
    with pytest.raises(NotPlayable) as long:
        check_plays(samples / "a.webm", longest_seconds=3)
    assert long.value.reason == "too_long"


def test_no_segments_are_nothing_recorded(tmp_path):
    for segments in ([], [[]]):
        with pytest.raises(NotPlayable) as refused:
            assemble_take(segments, tmp_path)
        assert refused.value.reason == "nothing_recorded"


def test_sniff_knows_containers_by_their_first_bytes(samples):
    assert sniff_container((samples / "a.webm").read_bytes()[:64]) == "webm"
    assert sniff_container((samples / "a.mp4").read_bytes()[:64]) == "mp4"
    assert sniff_container(b"\0\0\0\x14ftypqt  \0\0\0\0") == "mov"
    assert sniff_container(b"GIF89a") is None
