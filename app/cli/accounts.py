"""`flask setup` makes a fresh installation usable; `flask person` helps who is locked out."""

from __future__ import annotations

import sys

import click
from flask import current_app, url_for
from flask.cli import AppGroup, with_appcontext

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.email_address import clean_address
from app.extensions import transaction
from app.queries.accounts import administrators_of
from app.queries.people import person_by_email
from app.services.accounts import end_all_sessions, ensure_organization_named
from app.services.invitations import invite_person
from app.services.second_factor import reset_second_factor

person_commands = AppGroup("person", help="Help for people who are locked out.")


@click.command("setup")
@click.option("--organization", required=True, help="Its name, such as “Partners for Justice”.")
@click.option("--email", required=True, help="The first administrator's address.")
@click.option("--help-email", default=None, help="Where applicants write to; the administrator's by default.")
@click.option("--time-zone", default="America/Chicago", show_default=True)
@with_appcontext
def setup(organization: str, email: str, help_email: str | None, time_zone: str) -> None:
    """Create the organization and invite its first administrator; safe to run again."""
    address = clean_address(email)
    if address is None or not organization.strip():
        click.echo("Give the organization a name and the administrator a whole e-mail address.", err=True)
        sys.exit(2)
    with transaction():
        row, new = ensure_organization_named(organization, help_email=help_email or address, time_zone=time_zone)
        click.echo(f"Organization: {row.name}" + (" (new)" if new else ""))
        arrived = [person for person in administrators_of(row.id) if person.email_confirmed_at is not None]
        if any(person.email == address for person in arrived):
            click.echo(f"{address} is an administrator already. Nothing to do.")
            return
        if arrived:
            names = ", ".join(person.email for person in arrived)
            click.echo(f"The organization has an administrator already ({names}), who can invite others.", err=True)
            sys.exit(1)
        invitation = invite_person(address, Role.ADMIN, organization=row, by=None, now=now(), mail=False)
        link = _link(invitation.token)
    click.echo(f"Give this link to {address}. It works once, for seven days; running this again makes a new one:")
    click.echo(link)


def _link(token: str) -> str:
    with current_app.test_request_context(base_url=current_app.config["BASE_URL"]):
        return url_for("account.invitation.show", token=token, _external=True)


@person_commands.command("reset-second-factor")
@click.argument("email")
def reset(email: str) -> None:
    """Forget a lost phone: the person is signed out everywhere and sets up a new one."""
    with transaction():
        person = person_by_email(email)
        if person is None:
            click.echo("Nobody has this address.", err=True)
            sys.exit(1)
        reset_second_factor(person, by=None, now=now())
        end_all_sessions(person, by=None, now=now())
    click.echo(f"{person.email} sets up a second factor at the next sign-in.")
