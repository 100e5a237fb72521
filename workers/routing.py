"""People are proposed to offices."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.rounds import do_round
from workers.celery_app import celery


@celery.task(name="route_candidates")
def route_candidates() -> int:
    """Run routing for every opening whose inputs changed."""
    with transaction():
        return do_round("route_candidates", now=now())
