"""The product's beat with its minutes made seconds: `celery -A faults.fast_beat beat` ticks every two."""

from __future__ import annotations

from celery.schedules import schedule

from workers.celery_app import celery

TICK = 2.0

for entry in celery.conf.beat_schedule.values():
    if isinstance(entry["schedule"], schedule):
        entry["schedule"] = schedule(TICK)

__all__ = ["celery"]
