"""For machines that read along: robots, the site map, the feed of openings."""

from __future__ import annotations

from datetime import UTC, datetime, time

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.adapters.clock import now
from app.queries.openings import open_openings, public_openings
from app.web.guard import allow

bp = Blueprint("feeds", __name__)

PAGES = (
    "public.home.show",
    "public.openings.index",
    "public.process.show",
    "public.privacy.show",
    "public.help.form",
)


@bp.get("/robots.txt")
@allow("page:read")
def robots() -> ResponseReturnValue:
    """Public pages may be found; nothing else."""
    private = ("account", "applications", "staff", "defender", "manage", "demo")
    lines = ["User-agent: *", *(f"Disallow: /{name}" for name in private)]
    lines.append("Sitemap: " + url_for("public.feeds.site_map", _external=True))
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/sitemap.xml")
@allow("page:read")
def site_map() -> ResponseReturnValue:
    """The pages that search engines should know: openings that are closed are not among them."""
    pages = [(url_for(endpoint, _external=True), None) for endpoint in PAGES]
    openings = [
        (url_for("public.openings.show", slug=opening.slug, _external=True), opening.updated_at)
        for opening in open_openings(now())
    ]
    return Response(render_template("public/feeds/sitemap.xml", pages=pages + openings), mimetype="application/xml")


@bp.get("/openings.atom")
@allow("page:read")
def atom() -> ResponseReturnValue:
    """The openings as a feed, newest first."""
    openings = [opening for opening in public_openings(now()) if opening.published_on is not None]
    entries = [
        (opening, datetime.combine(opening.published_on, time(), UTC), opening.updated_at)
        for opening in openings
        if opening.published_on is not None
    ]
    updated = max((entry[2] for entry in entries), default=now())
    page = render_template("public/feeds/openings.xml", entries=entries, updated=updated)
    return Response(page, mimetype="application/atom+xml")
