"""What is always true of the records. Each rule is one function with its sentence; `look` asks for what breaks it."""

from app.queries.invariants import applications, judging, mail, placements, trust
from app.queries.invariants.rules import RULES, Ask, Finding, Rule, look

__all__ = ["RULES", "Ask", "Finding", "Rule", "applications", "judging", "look", "mail", "placements", "trust"]
