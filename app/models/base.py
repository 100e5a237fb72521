"""Column shorthands that every table uses. Times are aware and in UTC; the services supply them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import CheckConstraint, Date, DateTime, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import mapped_column

Key = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, default=uuid.uuid4)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Day = Annotated[date, mapped_column(Date)]
Words = Annotated[str, mapped_column(Text)]
# {"en": "...", "es": "..."}: content that is translated by people, rendered with the `localized` filter.
Localized = Annotated[dict[str, Any], mapped_column(JSONB)]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
JsonList = Annotated[list[Any], mapped_column(JSONB)]
Money = Annotated[Decimal, mapped_column(Numeric(10, 2))]
Points = Annotated[Decimal, mapped_column(Numeric(8, 5))]


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that a text column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in sorted(values))
    return CheckConstraint(f"{column} IN ({words})", name=f"{column}_known")
