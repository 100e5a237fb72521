"""What an office says about itself: its words for Spanish, and what may be entered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.words import N_

SPANISH_NEEDS: Mapping[str, str] = MappingProxyType(
    {
        "unknown": N_("Not stated yet"),
        "none": N_("Not needed"),
        "welcome": N_("Welcome"),
        "needed": N_("Needed here"),
    }
)
SPANISH_NEED_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "none": N_("Nearly all clients speak English."),
        "welcome": N_("It helps; everybody can be placed here."),
        "needed": N_("The program manager can hold a seat for a Spanish speaker."),
    }
)
# What is more than that an hour is a slip of the keyboard.
MOST_INCREASE = 50
MOST_SEATS = 999
