"""docs/environment.md says what the code reads, and what deploy/ sets is read by somebody."""

import re
from pathlib import Path

from tools import environment

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = {*environment.MEANING, *environment.OTHERS}


def test_environment_page_is_the_one_that_config_makes() -> None:
    assert environment.faults_of(environment.read_settings()) == []
    assert (ROOT / "docs" / "environment.md").read_text(encoding="utf-8") == environment.page(), (
        "run `make environment`"
    )


def test_every_variable_in_the_examples_and_units_is_described() -> None:
    named = set()
    for path in DEPLOY.glob("*.example"):
        named |= set(re.findall(r"^([A-Z][A-Z0-9_]+)=", path.read_text(), re.MULTILINE))
    for path in DEPLOY.rglob("*.service"):
        named |= set(re.findall(r"\$\{([A-Z_]+)\}", path.read_text()))
    for path in DEPLOY.rglob("*.py"):
        named |= set(re.findall(r'environ\.get\("([A-Z_]+)"', path.read_text()))
    assert named - KNOWN - {"NOTIFY_SOCKET"} == set()
    assert {"DATABASE_URL", "WEB_WORKERS", "WORKER_MEDIA_CONCURRENCY"} <= named


def test_owner_of_the_tables_is_kept_from_what_serves_requests() -> None:
    example = (DEPLOY / "environment.example").read_text()
    assert "DATABASE_OWNER_URL" not in example
    users = [path.name for path in DEPLOY.rglob("*.service") if "owner.environment" in path.read_text()]
    assert users == ["placewell-backup.service"]
