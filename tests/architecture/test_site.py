"""Walks the whole site: every route has an action and an audience, every template is used, every mail has words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.domain.access import ACTIONS
from app.web.guard import actions_of
from app.web.loaders import LOADERS
from workers.celery_app import celery

ROOT = Path(__file__).resolve().parent.parent.parent
# A person may reach some actions of another audience's table row: media are one.
SHARED = {"staff.media.stream"}


@pytest.fixture(scope="module")
def endpoints(_shared_app: Flask) -> dict[str, tuple[str | None, str | None]]:
    return {name: row for name, row in actions_of(_shared_app).items() if name != "static"}


def _sources(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def test_every_route_has_an_action(endpoints: dict[str, tuple[str | None, str | None]]) -> None:
    assert sorted(name for name, (action, _) in endpoints.items() if action not in ACTIONS) == []


def test_every_route_belongs_to_the_audience_of_its_action(
    endpoints: dict[str, tuple[str | None, str | None]],
) -> None:
    strangers = {
        name: action
        for name, (action, _) in endpoints.items()
        if action is not None and name.partition(".")[0] != ACTIONS[action].audience.value and name not in SHARED
    }
    # Anybody may open what is public, whichever package serves it.
    assert {name: action for name, action in strangers.items() if ACTIONS[action].signed_in} == {}


def test_every_object_in_a_url_is_loaded_by_the_guard(_shared_app: Flask) -> None:
    loads = actions_of(_shared_app)
    unguarded = []
    for rule in _shared_app.url_map.iter_rules():
        names = [name.removesuffix("_id") for name in rule.arguments if name.endswith("_id")]
        loadable = [name for name in names if name in LOADERS]
        if loadable and loads[rule.endpoint][1] not in loadable:
            unguarded.append(rule.rule)
    assert unguarded == []


def test_ids_in_urls_are_uuids(_shared_app: Flask) -> None:
    wrong = [
        rule.rule
        for rule in _shared_app.url_map.iter_rules()
        for name, converter in rule._converters.items()
        if name.endswith("_id") and type(converter).__name__ != "UUIDConverter"
    ]
    assert wrong == []


def test_every_action_guards_something(endpoints: dict[str, tuple[str | None, str | None]]) -> None:
    used = {action for action, _ in endpoints.values()}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "app" / "web").rglob("*.py"))
    code += "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    idle = {name for name in ACTIONS if name not in used and f'"{name}"' not in code and f"'{name}'" not in code}
    assert idle == set()


def _templates_named() -> set[str]:
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py")]
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*") if path.is_file()]
    text = "\n".join(code + pages)
    named = set(re.findall(r"""['"]([a-z_0-9]+(?:/[a-z_0-9]+)*\.(?:html|txt|md))['"]""", text))
    # f"defender/placements/{step}.html" names all of a folder.
    for folder in re.findall(r"""f['"]([a-z_0-9/]+/)\{[^}]*\}\.html['"]""", text):
        named |= {
            path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates" / folder).glob("*.html")
        }
    return named


def test_every_template_is_used() -> None:
    named = _templates_named()
    files = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*.html")
        if "errors" not in path.parts
    }
    assert files - named == set()


def test_every_named_template_exists() -> None:
    missing = {name for name in _templates_named() if "/" in name and not (ROOT / "templates" / name).is_file()}
    assert missing == set()


def _notice_kinds() -> set[str]:
    """The kinds that services owe: the first argument of owe_notice, or a word that stands in a table of kinds."""
    kinds = set()
    for _path, tree in _sources("app/services"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"owe_notice", "_tell"}:
                for argument in node.args[:2]:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        kinds.add(argument.value)
    return kinds


def test_every_mail_kind_has_words() -> None:
    files = {path.stem for path in (ROOT / "templates" / "emails").glob("*.md")}
    assert _notice_kinds() - files == set()
    assert len(_notice_kinds()) > 10


def test_every_mail_text_is_owed_by_somebody() -> None:
    services = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("app/services", "app/domain")
        for path in (ROOT / folder).rglob("*.py")
    )
    files = {path.stem for path in (ROOT / "templates" / "emails").glob("*.md")}
    assert {name for name in files if f'"{name}"' not in services} == set()


def test_beat_names_real_tasks() -> None:
    celery.loader.import_default_modules()
    named = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert named - set(celery.tasks) == set()
    assert named != set()


def test_no_handler_commits() -> None:
    """Views and tasks use `with transaction():`; services never commit."""
    culprits = [
        f"{path}:{node.lineno}"
        for path, tree in _sources("app/web", "app/services", "app/queries", "workers")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
        if "session" in ast.unparse(node.func.value)
        if not path.as_posix().startswith("workers/relay")
    ]
    assert culprits == []


def test_no_imports_inside_functions() -> None:
    culprits = [
        f"{path}:{inner.lineno}"
        for path, tree in _sources("app", "workers", "tools")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert culprits == []


def test_nobody_reads_the_clock_but_the_clock() -> None:
    allowed = {"app/adapters/clock.py"}
    culprits = [
        f"{path}:{node.lineno}"
        for path, tree in _sources("app", "workers")
        if path.as_posix() not in allowed
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and ast.unparse(node.func.value) in {"datetime", "datetime.datetime", "date", "func", "datetime.date"}
    ]
    assert culprits == []


def test_pages_hold_no_inline_script_or_style() -> None:
    pattern = re.compile(
        r"""<script(?![^>]*\bsrc=)(?![^>]*ld\+json)[^>]*>|<style|\sstyle=["']|\son[a-z]+=["']""", re.IGNORECASE
    )
    culprits = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for path in (ROOT / "templates").rglob("*.html")
        if "emails" not in path.parts
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert culprits == []


def test_rules_import_no_framework() -> None:
    frameworks = {"flask", "sqlalchemy", "werkzeug", "celery", "jinja2", "wtforms", "flask_babel"}
    culprits = []
    for path, tree in _sources("app/domain"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            culprits += [f"{path}: {name}" for name in names if name.partition(".")[0] in frameworks]
    assert culprits == []
