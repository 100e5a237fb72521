import pytest

from app.domain.recordings import (
    MAX_SLICE_BYTES,
    MAX_SLICES_PER_SEGMENT,
    MAX_TAKE_BYTES,
    SliceRefused,
    check_slice,
    media_type_of,
    missing_slices,
    playable_prefix,
    safe_download_name,
)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("video/webm;codecs=vp8,opus", "video/webm"),
        ("Video/MP4", "video/mp4"),
        ("audio/webm", "audio/webm"),
        ("text/html", None),
        ("", None),
        (None, None),
    ],
)
def test_media_type_is_allowed_without_its_codecs(declared, expected):
    assert media_type_of(declared) == expected


@pytest.mark.parametrize(
    ("index", "size", "so_far", "code"),
    [
        (-1, 10, 0, "slice_number"),
        (MAX_SLICES_PER_SEGMENT, 10, 0, "slice_number"),
        (0, 0, 0, "slice_empty"),
        (0, MAX_SLICE_BYTES + 1, 0, "slice_too_big"),
        (3, 10, MAX_TAKE_BYTES, "take_too_big"),
    ],
)
def test_slice_out_of_bounds_is_refused(index, size, so_far, code):
    with pytest.raises(SliceRefused) as refused:
        check_slice(index, size, bytes_so_far=so_far)
    assert refused.value.code == code


def test_slice_within_bounds_is_accepted():
    check_slice(0, MAX_SLICE_BYTES, bytes_so_far=0)


def test_missing_slices_are_gaps_and_the_tail():
    assert missing_slices([0, 1, 3, 3]) == [2]
    assert missing_slices([2, 0], expected=5) == [1, 3, 4]
    assert missing_slices([], expected=0) == []
    assert missing_slices([]) == []


def test_playable_prefix_ends_at_the_first_gap():
    assert playable_prefix([2, 1, 0, 4]) == 3
    assert playable_prefix([1, 2]) == 0


def test_download_name_never_carries_what_a_person_could_forge():
    assert safe_download_name("PFJ-7KQ4", 2, "video/mp4") == "PFJ-7KQ4-question-2.mp4"
    assert safe_download_name("../../a\r\nb", -1, "text/html") == "a-b-question-0.bin"
    assert safe_download_name("", 1, "video/webm;codecs=vp8") == "recording-question-1.webm"
