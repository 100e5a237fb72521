import pytest

from app.domain.byte_ranges import RangeNotSatisfiable, range_for


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=99-99", (99, 100)),
        ("bytes=9-3", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("items=0-9", None),
        ("bytes=0-9,20-29", None),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(1000)), None),
        ("bytes=" + "9" * 60 + "-", None),
    ],
)
def test_range_for_reads_one_range_and_treats_the_rest_as_the_whole_file(header, expected):
    assert range_for(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_range_after_the_end_is_not_satisfiable(header):
    with pytest.raises(RangeNotSatisfiable):
        range_for(header, 100)
