"""The kinds of values in a program file, each with what it must look like."""

from decimal import Decimal
from typing import Annotated, Literal

from app.domain.yaml_reading import Between, Filled, Matches, Text, check_zone, exactly

Slug = Annotated[str, Matches(r"[a-z0-9]+(?:-[a-z0-9]+)*", "must be lower-case letters, digits and single hyphens")]
Words = Annotated[str, Filled()]
Email = Annotated[str, Matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "must be an e-mail address")]
Link = Annotated[str, Matches(r"https?://\S+", "must start with https://")]
Zone = Annotated[str, check_zone]
Count = Annotated[int, Between(0, 10_000)]
Positive = Annotated[int, Between(1, 10_000)]
Money = Annotated[Decimal, Between(Decimal("0.01"), 1_000_000)]
Score = Annotated[Decimal, Between(1, 4)]
Share = Annotated[Decimal, Between(0, 1)]
Anchors = Annotated[tuple[Text, ...], exactly(4, "must have four anchors in words, from 1 to 4")]
SpanishLevelName = Literal["none", "basic", "conversational", "professional", "native"]
State = Annotated[str, Matches(r"[A-Z]{2}", "must be the two letters of a state, such as MO")]
