"""Reference numbers that people read out on the phone: PFJ-7KQ4.

Nothing that looks like something else is used: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V. No vowels either,
so that no words appear.
"""

import re

ALPHABET = "34679CDFGHJKMNPQRTWXY"
PREFIX = "PFJ"
LENGTH = 4
# Bytes from here on would make the first letters of the alphabet likelier than the last.
UNBIASED = 256 - 256 % len(ALPHABET)


def reference_number(random: bytes, length: int = LENGTH, prefix: str = PREFIX) -> str:
    """Turn random bytes into a reference such as PFJ-7KQ4; give four times as many bytes as letters.

    21^4 is 194,481: the caller keeps references unique and asks for a longer one after collisions.
    Raises `ValueError` when the bytes do not suffice.
    """
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in random if byte < UNBIASED][:length]
    if len(letters) < length:
        raise ValueError("Too few random bytes for a reference number.")
    return f"{prefix}-{''.join(letters)}"


def tidy_reference(typed: str, prefix: str = PREFIX) -> str | None:
    """Return the reference that somebody typed ("pfj 7kq4") in its written form; None if it is none."""
    letters = re.sub(r"[\s\-‐-―]", "", typed).upper().removeprefix(prefix)
    if len(letters) < LENGTH or any(letter not in ALPHABET for letter in letters):
        return None
    return f"{prefix}-{letters}"
