"""Numbers for Prometheus: how long requests and tasks take, counted in each process and added up where one asks.

With PROMETHEUS_MULTIPROC_DIR (a folder that is empty at the start) every process of this machine, web workers and
Celery's, writes there, and any web worker tells the sum. Labels are endpoints, tasks and codes of ours only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if FOLDER:
    # The library looks for it when it is imported.
    Path(FOLDER).mkdir(parents=True, exist_ok=True)

from prometheus_client import CollectorRegistry, Histogram, generate_latest  # noqa: E402
from prometheus_client.core import GaugeMetricFamily, Metric  # noqa: E402
from prometheus_client.exposition import CONTENT_TYPE_LATEST  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

CONTENT_TYPE = CONTENT_TYPE_LATEST
OWN = CollectorRegistry()
REQUESTS = Histogram(
    "placewell_request_seconds",
    "Time of a request, by endpoint, method and status",
    ("endpoint", "method", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    registry=OWN,
)
TASKS = Histogram(
    "placewell_task_seconds",
    "Time of a task, by its name and whether it went well",
    ("task", "outcome"),
    buckets=(0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0),
    registry=OWN,
)


@contextmanager
def task_time(name: str) -> Iterator[None]:
    """Measure a task, whether it goes well or fails."""
    begun, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "ok"
    finally:
        TASKS.labels(name, outcome).observe(time.perf_counter() - begun)


# name -> (what it means, names of its labels, label values -> number)
Gauges = Mapping[str, tuple[str, tuple[str, ...], Mapping[tuple[str, ...], float]]]


class _Now:
    """Gauges that are counted in the moment in which somebody asks."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        for name, (meaning, labels, values) in self._gauges.items():
            family = GaugeMetricFamily(name, meaning, labels=labels)
            for key, number in values.items():
                family.add_metric(key, number)
            yield family


def exposition(gauges: Gauges) -> bytes:
    """Return everything in Prometheus's text form."""
    counted = CollectorRegistry()
    if FOLDER:
        MultiProcessCollector(counted, path=FOLDER)  # type: ignore[no-untyped-call]
    present = CollectorRegistry()
    present.register(_Now(gauges))  # type: ignore[arg-type]
    return generate_latest(counted if FOLDER else OWN) + generate_latest(present)
