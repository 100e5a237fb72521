"""The season's lottery: one number per candidate, which breaks ties between equal scores.

A permutation of the candidates would change with each arrival; a keyed hash of the candidate's own id does
not. The season's seed is the key, and its hash is published before the season, so that anyone can check a
number later.
"""

import hmac

LOTTERY_BYTES = 6


def lottery_number(seed: str, candidate_id: str) -> int:
    """The candidate's lottery number, 0 to 2**48 - 1; the lower number goes first among equal scores.

    The first six bytes, big-endian, of HMAC-SHA256(key = seed, message = candidate id), both as UTF-8.
    """
    digest = hmac.digest(seed.encode(), candidate_id.encode(), "sha256")
    return int.from_bytes(digest[:LOTTERY_BYTES], "big")
