import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.reference import ALPHABET, reference_number, tidy_reference


@given(st.binary(min_size=16, max_size=32))
def test_a_reference_has_no_letters_that_look_alike(random: bytes) -> None:
    try:
        reference = reference_number(random)
    except ValueError:
        return
    assert re.fullmatch(r"PFJ-[34679CDFGHJKMNPQRTWXY]{4}", reference)
    assert tidy_reference(f" {reference.lower().replace('-', ' ')} ") == reference


def test_the_same_bytes_make_the_same_reference() -> None:
    assert reference_number(bytes(range(16))) == "PFJ-3467"


def test_every_letter_is_equally_likely() -> None:
    letters = [reference_number(bytes([byte]), length=1)[-1] for byte in range(252)]
    assert {letters.count(letter) for letter in ALPHABET} == {12}


def test_too_few_bytes_are_refused() -> None:
    with pytest.raises(ValueError):
        reference_number(b"\xff\xff\xff\xff")


@pytest.mark.parametrize("typed", ["", "PFJ-", "PFJ-1234", "hello", "PFJ-7K", "7kq4;--"])
def test_what_is_no_reference_is_not_made_into_one(typed: str) -> None:
    assert tidy_reference(typed) is None
