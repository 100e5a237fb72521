"""Organizations, people, their roles, and how they sign in."""

from __future__ import annotations

import uuid

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.access import Role
from app.extensions import Base
from app.models.base import Json, Key, Moment, Words, one_of


class Organization(Base):
    __tablename__ = "organization"
    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[Words]
    help_email: Mapped[Words]
    help_phone: Mapped[Words | None]
    time_zone: Mapped[str] = mapped_column(String(64))


class HostOrganization(Base):
    """Who employs the fellow: a public defender system with its offices."""

    __tablename__ = "host_organization"
    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[Words]
    short_name: Mapped[Words]
    state: Mapped[str] = mapped_column(String(2))


class Region(Base):
    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("organization_id", "slug"),)
    id: Mapped[Key]
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[Words]


class Person(UserMixin, Base):
    """Anyone with an account: applicant, staff or office supervisor. Rights come from role grants."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)
    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    full_name: Mapped[Words | None]
    used_name: Mapped[Words | None]
    pronunciation: Mapped[Words | None]
    pronouns: Mapped[Words | None]
    phone: Mapped[str | None] = mapped_column(String(32))
    texts_welcome: Mapped[bool] = mapped_column(default=False)
    city: Mapped[Words | None]
    state: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(8), default="en")
    time_zone: Mapped[str] = mapped_column(String(64), default="America/Chicago")
    created_at: Mapped[Moment]
    email_confirmed_at: Mapped[Moment | None]
    # A new value ends every session of this person.
    session_key: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_enrolled_at: Mapped[Moment | None]
    totp_last_step: Mapped[int | None]
    row_version: Mapped[int] = mapped_column()
    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="person", foreign_keys="RoleGrant.person_id", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": row_version}

    def get_id(self) -> str:
        """What the session cookie holds: the person and the session key."""
        return f"{self.id}:{self.session_key}"

    @property
    def name(self) -> str:
        """The name to use, or the address while none is given."""
        return self.used_name or self.full_name or self.email

    @property
    def both_names(self) -> str:
        """The name to use with the full name beside it: who decides about a person must know who it is."""
        if not self.used_name or not self.full_name or self.used_name == self.full_name:
            return self.name
        return f"{self.used_name} ({self.full_name})"


class RoleGrant(Base):
    """One role of one person, within an organization, a region or an office."""

    __tablename__ = "role_grant"
    __table_args__ = (
        one_of("role", [role.value for role in Role]),
        CheckConstraint("(role = 'supervisor') = (office_id IS NOT NULL)", name="supervisor_has_office"),
        CheckConstraint("num_nonnulls(delegated_by_id, starts_at, ends_at) IN (0, 3)", name="delegation_has_period"),
        CheckConstraint("delegated_by_id IS NULL OR role = 'supervisor'", name="supervisors_delegate"),
        CheckConstraint("delegated_by_id <> person_id", name="delegate_is_another"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(
            "uq_role_grant_active",
            "person_id",
            "role",
            text("coalesce(region_id, office_id, organization_id)"),
            unique=True,
            postgresql_where=text("revoked_at IS NULL AND delegated_by_id IS NULL"),
        ),
        Index(
            "uq_role_grant_delegated", "delegated_by_id", "person_id", "office_id", unique=True,
            postgresql_where=text("revoked_at IS NULL AND delegated_by_id IS NOT NULL"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(32))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    region_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("region.id"))
    office_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("office.id"), index=True)
    granted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    # A supervisor who is away lends the right for a while: in force from starts_at, until before ends_at.
    delegated_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[Moment | None]
    ends_at: Mapped[Moment | None]
    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    delegated_by: Mapped[Person | None] = relationship(foreign_keys=[delegated_by_id])


class RoleInvitation(Base):
    """A role that was offered. It is held, by a row of `role_grant`, from the moment it is accepted."""

    __tablename__ = "role_invitation"
    __table_args__ = (
        one_of("role", [role.value for role in Role]),
        Index(
            "uq_role_invitation_open",
            "person_id",
            "role",
            text("coalesce(region_id, office_id, organization_id)"),
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND ended_at IS NULL"),
        ),
    )
    id: Mapped[Key]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(32))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    region_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("region.id"))
    office_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("office.id"))
    invited_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[Moment]
    # When the last link that brings it is over.
    expires_at: Mapped[Moment]
    accepted_at: Mapped[Moment | None]
    # Taken back, or invited anew.
    ended_at: Mapped[Moment | None]
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class SignInCode(Base):
    """A one-time code and link, sent by mail. Only hashes are kept."""

    __tablename__ = "sign_in_code"
    __table_args__ = (one_of("purpose", ["sign_in", "invitation"]),)
    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), index=True)
    purpose: Mapped[str] = mapped_column(String(16), default="sign_in")
    code_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    next_path: Mapped[Words | None]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    attempts: Mapped[int] = mapped_column(default=0)


class SignInAttempt(Base):
    """One try that counts toward a limit. `key` is an address or a client, never a secret."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)
    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(320))
    at: Mapped[Moment]


class ParkedPost(Base):
    """A form that arrived after its session had ended, kept until its writer has signed in again."""

    __tablename__ = "parked_post"
    id: Mapped[Key]
    # The signed-out browser proves with a random secret in its own cookie that the text is its own.
    secret_hash: Mapped[str] = mapped_column(String(64))
    path: Mapped[Words]
    form: Mapped[Json]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    taken_at: Mapped[Moment | None]
