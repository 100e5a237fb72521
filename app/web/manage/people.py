"""People: who holds which role, inviting, taking a role back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.delegation import last_day_of
from app.domain.email_address import clean_address
from app.domain.refusals import Refusal
from app.domain.roles import REVOKE_REASONS, ROLE_HINTS, ROLE_LABELS, RevokeReason, grantable_roles
from app.extensions import transaction
from app.queries.role_ends import ending_of
from app.queries.staff import offices_to_grant, open_invitations, regions_to_grant, role_holders
from app.services.invitations import end_invitation
from app.services.roles import invite_to_role, revoke_role
from app.web.fields import Needed, line, options
from app.web.guard import allow, current_actor, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.person import RoleGrant

bp = Blueprint("people", __name__, url_prefix="/manage/people")


class InviteForm(KeptForm):
    email = line(_l("E-mail"), Needed(_l("Enter an e-mail address.")), longest=254)
    full_name = line(_l("Full name"), longest=200, optional=True)
    role = RadioField(_l("Role"), validators=[InputRequired(_l("Choose a role."))])
    region = SelectField(_l("Region"), validate_choice=False)
    office = SelectField(_l("Office"), validate_choice=False)

    def offer(self) -> None:
        """Offer the roles and places that the person who is signed in may give."""
        regions = regions_to_grant(current_actor())
        offices = offices_to_grant(regions)
        self.role.choices = options((role.value, _(ROLE_LABELS[role])) for role in grantable_roles(current_actor()))
        self.region.choices = options((str(region.id), region.name) for region in regions)
        named = ((str(office.id), office.name) for office in offices)
        self.office.choices = options([("", _("Choose an office")), *named])


class RevokeForm(KeptForm):
    reason = RadioField(
        _l("Why?"),
        choices=options((reason.value, _l(words)) for reason, words in REVOKE_REASONS.items()),
        validators=[InputRequired(_l("Choose why."))],
    )


@bp.get("")
@allow("people:list")
def index() -> ResponseReturnValue:
    """Everybody with a role."""
    return _list_page()


def _list_page() -> str:
    return render_template(
        "manage/people/index.html",
        holders=role_holders(current_actor(), now=now()),
        offered=open_invitations(current_actor()),
        grantable=grantable_roles(current_actor()),
        moment=now(),
        labels=ROLE_LABELS,
        last_day_of=last_day_of,
        may_revoke=current_actor().has(Role.ADMIN),
    )


@bp.get("/invite")
@allow("people:invite")
def invitation() -> ResponseReturnValue:
    """The form."""
    return _page(InviteForm())


@bp.post("/invite")
@allow("people:invite")
def invite() -> ResponseReturnValue:
    """Offer the role and send the link; the role begins when it is accepted."""
    form = InviteForm()
    form.offer()
    valid = form.validate_on_submit()
    address = clean_address(form.email.data or "")
    if valid and address is None:
        form.email.errors = [_("Enter an e-mail address in the form name@example.org.")]
    if not valid or address is None:
        return _page(form), 422
    try:
        with transaction():
            invite_to_role(
                address,
                Role(form.role.data),
                region_id=_id(form.region.data),
                office_id=_id(form.office.data),
                full_name=form.full_name.data or None,
                actor=current_actor(),
                now=now(),
            )
    except Refusal as refusal:
        form[refusal.field or "role"].errors = [_(refusal.message)]
        return _page(form), refusal.status
    flash(_("Invited. The link is on its way to %(email)s.", email=address), "success")
    return redirect(url_for("manage.people.index"))


@bp.post("/invitations/<uuid:invitation_id>/end")
@allow("people:invite")
def uninvite(invitation_id: UUID) -> ResponseReturnValue:
    """Take back an invitation that nobody has accepted. Whoever may give a role may do that."""
    actor = current_actor()
    found = [each.invitation for each in open_invitations(actor) if each.invitation.id == invitation_id]
    if not found or Role(found[0].role) not in grantable_roles(actor):
        abort(404)
    try:
        with transaction():
            end_invitation(found[0], by=current_person_id(), now=now())
    except Refusal as refusal:
        flash(_(refusal.message), "error")
        return _list_page(), refusal.status
    flash(_("The invitation is taken back. Its link does not work any more."), "success")
    return redirect(url_for("manage.people.index"))


@bp.get("/roles/<uuid:grant_id>/revoke")
@allow("people:revoke", load="grant")
def confirm_revoke(grant: RoleGrant) -> ResponseReturnValue:
    """What follows when this role is taken back."""
    return _revoke_page(grant, RevokeForm())


@bp.post("/roles/<uuid:grant_id>/revoke")
@allow("people:revoke", load="grant")
def revoke(grant: RoleGrant) -> ResponseReturnValue:
    """Take one role back; where that cannot be, the list says why."""
    form = RevokeForm()
    if not form.validate_on_submit():
        return _revoke_page(grant, form), 422
    try:
        with transaction():
            revoke_role(grant, reason=RevokeReason(form.reason.data), by=current_person_id(), now=now())
    except Refusal as refusal:
        flash(_(refusal.message), "error")
        return _list_page(), refusal.status
    flash(_("The role is taken back."), "success")
    return redirect(url_for("manage.people.index"))


def _revoke_page(grant: RoleGrant, form: RevokeForm) -> str:
    return render_template(
        "manage/people/revoke.html",
        grant=grant,
        form=form,
        label=ROLE_LABELS[Role(grant.role)],
        ending=ending_of(grant, now=now()),
    )


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _page(form: InviteForm) -> str:
    form.offer()
    hints = {role.value: _(ROLE_HINTS[role]) for role in grantable_roles(current_actor())}
    return render_template("manage/people/invite.html", form=form, hints=hints)
