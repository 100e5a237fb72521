"""Tables and constraints; no decisions."""

from app.models.application import (
    Answer,
    AnswerVersion,
    Application,
    Change,
    Document,
    HelpRequest,
    OfficeChoice,
)
from app.models.final_interview import Booking, InterviewSlot, Scorecard, ScorecardEntry
from app.models.hold import OutboxHold
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import (
    DocumentKind,
    EligibilityRules,
    Opening,
    OpeningOffice,
    Question,
    Rubric,
    Season,
    SeatPool,
)
from app.models.person import (
    HostOrganization,
    Organization,
    ParkedPost,
    Person,
    Region,
    RoleGrant,
    RoleInvitation,
    SignInAttempt,
    SignInCode,
)
from app.models.placement import Meeting, MeetingInvitation, MeetingTime, Offer, Placement, PlacementDecision
from app.models.reading import IdentityFlag, ReadingAssignment, Score
from app.models.recording import (
    RecordedInterview,
    RecordedSegment,
    RecordedSlice,
    RecordedTake,
    RecordingReview,
    RecordingScore,
)
from app.models.reminder import ReminderRule
from app.models.retention import DoomedFile, LegalHold
from app.models.routing import Pin, Proposal, RoutingRun, Scenario
from app.models.seat_request import SeatRequest
from app.models.suppression import MailSuppression
from app.models.system import AuditEvent, AuditSeal, ClockShift, Heartbeat, JobRun

__all__ = [
    "Answer",
    "AnswerVersion",
    "Application",
    "AuditEvent",
    "AuditSeal",
    "Booking",
    "Change",
    "ClockShift",
    "Document",
    "DocumentKind",
    "DoomedFile",
    "EligibilityRules",
    "Heartbeat",
    "HelpRequest",
    "HostOrganization",
    "IdentityFlag",
    "InterviewSlot",
    "JobRun",
    "LegalHold",
    "Meeting",
    "MailSuppression",
    "MeetingInvitation",
    "MeetingTime",
    "Notice",
    "Offer",
    "Office",
    "OfficeChoice",
    "Opening",
    "OpeningOffice",
    "Organization",
    "OutboxHold",
    "ParkedPost",
    "Person",
    "Pin",
    "Placement",
    "PlacementDecision",
    "Proposal",
    "Question",
    "ReadingAssignment",
    "RecordedInterview",
    "RecordedSegment",
    "RecordedSlice",
    "RecordedTake",
    "RecordingReview",
    "RecordingScore",
    "Region",
    "ReminderRule",
    "RoleGrant",
    "RoleInvitation",
    "RoutingRun",
    "Rubric",
    "Scenario",
    "Score",
    "Scorecard",
    "ScorecardEntry",
    "Season",
    "SeatPool",
    "SeatRequest",
    "SignInAttempt",
    "SignInCode",
]
