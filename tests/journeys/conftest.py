"""The journeys run with the same real processes as the tests of the workers."""

from tests.workers.conftest import own_broker, start, start_worker

__all__ = ["own_broker", "start", "start_worker"]
