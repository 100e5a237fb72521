"""What every page shares: language, dates in words, navigation, the demo's bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from app.domain.access import Audience
from app.domain.phones import phone_link, shown_phone
from app.domain.words import N_
from app.queries.organizations import speaking_organization

CENTRAL = "America/Chicago"
_ZONE_WORDS = {"America/Chicago": N_("Central"), "America/New_York": N_("Eastern"),
               "America/Denver": N_("Mountain"), "America/Los_Angeles": N_("Pacific"),
               "America/Phoenix": N_("Arizona"), "America/Anchorage": N_("Alaska"),
               "Pacific/Honolulu": N_("Hawaii"), "America/Puerto_Rico": N_("Atlantic")}  # fmt: skip


def chosen_language() -> str:
    """Return the language of this request: ?lang=, then the cookie, then the profile, then English."""
    wanted = request.args.get("lang") or request.cookies.get("lang")
    if not wanted and current_user and current_user.is_authenticated:
        wanted = current_user.language
    languages: list[str] = current_app.config["LANGUAGES"]
    return wanted if wanted in languages else languages[0]


def localized(content: dict[str, Any] | None) -> Any:
    """Return translated content in the page's language, else in English."""
    if not content:
        return ""
    return content.get(str(get_locale()), content.get("en", ""))


def _language() -> str:
    return str(get_locale() or "en")


def when(moment: datetime | None, zone: str = CENTRAL) -> str:
    """Return "Friday, Dec. 4, 11:59 p.m. Central": always weekday, date, clock and zone."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {clock_time(moment, zone)} {zone_words(zone)}"


def zone_words(zone: str) -> str:
    """Return "Pacific"."""
    return _(_ZONE_WORDS[zone]) if zone in _ZONE_WORDS else zone.replace("_", " ")


def both_zones(moment: datetime | None, zone: str = CENTRAL) -> str:
    """Return a moment in a person's zone and in Central, which its other side uses.

    "Monday, Nov. 23, 1:00 p.m. Pacific (3:00 p.m. Central)"; with the day, where it is another one there.
    """
    if not moment:
        return ""
    if clock_time(moment, zone) == clock_time(moment):
        return when(moment, zone)
    central = _("%(time)s Central", time=clock_time(moment))
    if moment.astimezone(ZoneInfo(zone)).date() != moment.astimezone(ZoneInfo(CENTRAL)).date():
        central = when(moment)
    return f"{when(moment, zone)} ({central})"


def clock_time(moment: datetime, zone: str = CENTRAL) -> str:
    """Return "11:59 p.m."."""
    text = format_time(moment.astimezone(ZoneInfo(zone)), "h:mm a", locale=_language())
    return text.replace("\u202f", " ").replace("AM", "a.m.").replace("PM", "p.m.")


def day(value: date | datetime | None, zone: str = CENTRAL) -> str:
    """Return "Friday, Dec. 4"; the year is added where it is not the present one."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    pattern = "EEEE, MMM d" if local.year == current_app.extensions["placewell_now"]().year else "EEEE, MMM d, y"
    text = format_date(local, pattern, locale=_language())
    month = format_date(local, "MMM", locale=_language())
    full = format_date(local, "MMMM", locale=_language())
    return text.replace(month, month if month == full else f"{month}.", 1)


def short_day(value: date | datetime | None, zone: str = CENTRAL) -> str:
    """Return "Dec. 4" for lists."""
    return day(value, zone).partition(", ")[2]


def days_until(moment: datetime) -> str:
    """Return "in 13 days", "tomorrow", "today", or how long ago it was."""
    zone = ZoneInfo(CENTRAL)
    today = current_app.extensions["placewell_now"]().astimezone(zone).date()
    days = (moment.astimezone(zone).date() - today).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days == -1:
        return _("yesterday")
    return _("in %(n)d days", n=days) if days > 0 else _("%(n)d days ago", n=-days)


def near_time(moment: datetime, zone: str = CENTRAL) -> str:
    """Return "today at 2:00 p.m.", "tomorrow at 2:00 p.m." or "on Friday, Dec. 4", by the calendar of the zone."""
    today = current_app.extensions["placewell_now"]().astimezone(ZoneInfo(zone)).date()
    days = (moment.astimezone(ZoneInfo(zone)).date() - today).days
    if days == 0:
        return _("today at %(time)s", time=clock_time(moment, zone))
    if days == 1:
        return _("tomorrow at %(time)s", time=clock_time(moment, zone))
    return _("on %(date)s", date=day(moment, zone))


def iso(moment: datetime | date | None) -> str:
    """Return the machine-readable form for <time datetime>."""
    return "" if moment is None else moment.isoformat()


def money(amount: Any) -> str:
    """Return "$40,000" or "$19.23"."""
    if amount is None:
        return ""
    return f"${amount:,.2f}" if amount != int(amount) else f"${int(amount):,}"


def datetime_local(moment: datetime, zone: str = CENTRAL) -> str:
    """Return a compact "Dec 4, 2026, 3:00 PM" for tables."""
    return format_datetime(moment.astimezone(ZoneInfo(zone)), "medium", locale=_language())


Navigation = Callable[[], list[tuple[str, str, bool]]]


def navigation(audience: Audience) -> Callable[[Navigation], Navigation]:
    """Register the navigation of an audience: a function that returns (label, url, is current)."""

    def register(builder: Navigation) -> Navigation:
        NAVIGATIONS[audience.value] = builder
        return builder

    return register


def is_current(*prefixes: str) -> bool:
    """Tell whether this page's endpoint begins with one of these ("public.openings.")."""
    return (request.endpoint or "").startswith(prefixes)


NAVIGATIONS: dict[str, Navigation] = {}
DEMO_BARS: list[Callable[[], Any]] = []


def _nav_items() -> list[tuple[str, str, bool]]:
    audience = (request.endpoint or "").partition(".")[0]
    builder = NAVIGATIONS.get(audience)
    return builder() if builder else []


def _account_links() -> dict[str, Any]:
    """What the frame of every page links to. A page that is shown after a POST is no place to come back to."""
    if not request:
        return {}
    back = None
    if request.method == "GET" and request.endpoint and not is_current("account.", "demo.", "public.home."):
        back = request.full_path.rstrip("?")
    known = current_user.is_authenticated
    return {
        "sign_in_url": None if known else url_for("account.sign_in.form", next=back),
        "sign_out_url": url_for("account.sign_out.end"),
        "home_url": url_for("account.home.show") if known else url_for("public.home.show"),
        "adjustment_url": url_for("public.help.form", kind="adjustment"),
        "privacy_url": url_for("public.privacy.show"),
        "language_links": _language_links(),
    }


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """Where a person answers: the organization's own address, and its number where it has one."""

    name: str
    email: str
    phone: str | None


def help_desk() -> HelpDesk:
    """Return where people get help, read once for each page that shows it."""
    if "help_desk" not in g:
        organization = speaking_organization()
        name, address = parseaddr(current_app.config["MAIL_FROM"])
        g.help_desk = (
            HelpDesk(organization.name, organization.help_email, organization.help_phone)
            if organization is not None
            else HelpDesk(name, address, None)
        )
    desk: HelpDesk = g.help_desk
    return desk


def _language_links() -> list[tuple[str, str, str]]:
    """Return (code, its own name, this page in it) for each language but the present one."""
    languages: list[str] = current_app.config["LANGUAGES"]
    return [
        (code, Locale.parse(code).get_display_name(code) or code, f"?{urlencode({**request.args, 'lang': code})}")
        for code in languages
        if code != _language()
    ]


def install(app: Flask, now: Callable[[], datetime]) -> None:
    """Give every template the filters and what its layout needs."""
    app.extensions["placewell_now"] = now
    for name, function in {
        "localized": localized,
        "when": when,
        "both_zones": both_zones,
        "day": day,
        "short_day": short_day,
        "clock_time": clock_time,
        "days_until": days_until,
        "near_time": near_time,
        "iso": iso,
        "money": money,
        "datetime_local": datetime_local,
        "phone": shown_phone,
        "tel": phone_link,
    }.items():
        app.jinja_env.filters[name] = function
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {
            **_account_links(),
            "lang": _language(),
            "nav_items": _nav_items() if request else [],
            "demo": DEMO_BARS[0]() if app.config["DEMO"] and DEMO_BARS else None,
            "request_id": g.get("request_id"),
            "now": now,
            "help_desk": help_desk,
        }
