"""YAML read by a schema of dataclasses, with the line of every fault.

The document is composed into nodes, never constructed into objects: a file can name no Python type, the
numbers stay exact, and each node knows its line. Reading goes on after a fault, so that one run reports all.
"""

import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import yaml

Text = dict[str, str]
Fault = tuple[int, str, str]
Check = Callable[[Any], str | None]
TAG = "tag:yaml.org,2002:"
LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
LONGEST = 1_000_000


class Unread:
    """Stands where a value could not be read: whatever asks it something gets nothing, and finds no fault."""

    def __getattr__(self, name: str) -> "Unread":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return False

    def __lt__(self, other: object) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __add__(self, other: object) -> "Unread":
        return self

    __radd__ = __add__
    __hash__ = object.__hash__


UNREAD = Unread()


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both included."""

    low: Decimal | int
    high: Decimal | int

    def __call__(self, value: Any) -> str | None:
        if self.low <= value <= self.high:
            return None
        return f"must be between {self.low} and {self.high}, not {value}"


@dataclass(frozen=True)
class Matches:
    """A text of a form."""

    pattern: str
    otherwise: str

    def __call__(self, value: Any) -> str | None:
        return None if re.fullmatch(self.pattern, value) else f"{self.otherwise}, not “{value}”"


class Filled:
    """A text that is not blank."""

    def __call__(self, value: Any) -> str | None:
        return None if value.strip() else "must not be empty"


def exactly(count: int, otherwise: str) -> Check:
    """Return a check of the length of a list."""
    return lambda value: None if len(value) == count else f"{otherwise} ({len(value)} found)"


def check_zone(name: str) -> str | None:
    """Return what is wrong with the name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return f"must be a time zone such as America/Chicago, not “{name}”"
    return None


class Reader:
    """Reads one document; `faults` and the line of each path stay behind."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {"": 1}

    def fault(self, path: str, sentence: str, line: int | None = None) -> Unread:
        """Note a fault at a path, or at the nearest path above it that the file has."""
        nearest = path
        while line is None:
            line = self.lines.get(nearest)
            nearest = parent(nearest)
        self.faults.append((line, path, sentence))
        return UNREAD

    def document(self, text: str, schema: type) -> Any:
        """Read a whole document; what could not be read is `UNREAD`."""
        if len(text) > LONGEST:
            return self.fault("", f"The file is longer than {LONGEST:,} characters.")
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            return self.fault("", f"This is not YAML: {error.problem or error.context}.", line)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, int(error.position)) + 1
            return self.fault("", "There is a character here that YAML does not allow.", line)
        except RecursionError:
            return self.fault("", "The file is nested too deeply.")
        if node is None:
            return self.fault("", "The file is empty.")
        return self.read(node, schema, "")

    def read(self, node: yaml.Node, hint: Any, path: str) -> Any:
        """Read a node as a type of the schema."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        origin = get_origin(hint)
        if origin is Annotated:
            return self.checked(node, hint, path)
        if origin in (Union, UnionType):
            if is_null(node):
                return None
            (hint,) = (part for part in get_args(hint) if part is not NoneType)
            return self.read(node, hint, path)
        if is_null(node):
            return self.fault(path, "A value is missing here.")
        if origin is tuple:
            return self.sequence(node, get_args(hint)[0], path)
        if origin is Literal:
            return self.choice(node, get_args(hint), path)
        if origin is dict:
            return self.words(node, path)
        if is_dataclass(hint):
            return self.mapping(node, hint, path)
        return self.scalar(node, hint, path)

    def checked(self, node: yaml.Node, hint: Any, path: str) -> Any:
        """Read a value, then ask its checks."""
        inner, *checks = get_args(hint)
        value = self.read(node, inner, path)
        if value is None or isinstance(value, Unread):
            return value
        for check in checks:
            sentence = check(value)
            if sentence:
                return self.fault(path, f"This {sentence}.")
        return value

    def sequence(self, node: yaml.Node, item: Any, path: str) -> Any:
        """Read a list; items that could not be read stay in it as `UNREAD`."""
        if not isinstance(node, yaml.SequenceNode):
            return self.fault(path, "This must be a list: lines that begin with “- ”.")
        return tuple(self.read(child, item, f"{path}[{index}]") for index, child in enumerate(node.value))

    def keys(self, node: yaml.MappingNode, path: str) -> dict[str, yaml.Node]:
        """Return the values of a mapping by key, noting keys that stand twice."""
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                self.fault(join(path, name), f"The key “{name}” stands here a second time.", line)
                continue
            found[name] = value
            self.lines[join(path, name)] = line
        return found

    def mapping(self, node: yaml.Node, schema: Any, path: str) -> Any:
        """Read a dataclass. Fields that could not be read are `UNREAD` in it."""
        if not isinstance(node, yaml.MappingNode):
            return self.fault(path, "This must be a group of “key: value” lines.")
        hints = get_type_hints(schema, include_extras=True)
        found = self.keys(node, path)
        for name in found:
            if name not in hints:
                known = ", ".join(hints)
                self.fault(join(path, name), f"The key “{name}” is unknown here. Known: {known}.")
        values: dict[str, Any] = {}
        for field in fields(schema):
            if field.name in found:
                values[field.name] = self.read(found[field.name], hints[field.name], join(path, field.name))
            elif field.default is MISSING and field.default_factory is MISSING:
                values[field.name] = self.fault(
                    join(path, field.name), f"The key “{field.name}” is missing.", self.lines[path]
                )
        return schema(**values)

    def words(self, node: yaml.Node, path: str) -> Any:
        """Read words for people: a language, then the words in it; English always."""
        if not isinstance(node, yaml.MappingNode):
            return self.fault(path, 'Words for people need their language: {en: "..."}.')
        found = self.keys(node, path)
        words: Text = {}
        for language, value in found.items():
            if not LANGUAGE.fullmatch(language):
                self.fault(join(path, language), f"“{language}” is not a language code such as en or es.")
                continue
            read = self.checked(value, Annotated[str, Filled()], join(path, language))
            words[language] = " ".join(read.split()) if isinstance(read, str) else ""
        if "en" not in found:
            return self.fault(path, "The English words (en) are missing.")
        return words

    def choice(self, node: yaml.Node, options: tuple[str, ...], path: str) -> Any:
        """Read one of several words."""
        if isinstance(node, yaml.ScalarNode) and node.value in options:
            return node.value
        given = f"not “{node.value}”" if isinstance(node, yaml.ScalarNode) else "not a list or group"
        return self.fault(path, f"This must be one of {', '.join(options)}, {given}.")

    def scalar(self, node: yaml.Node, kind: type, path: str) -> Any:
        """Read a text, number, yes/no, date or time."""
        wanted, convert = SCALARS[kind]
        if not isinstance(node, yaml.ScalarNode):
            return self.fault(path, f"This must be {wanted}, not a list or group.")
        try:
            return convert(node)
        except (ValueError, InvalidOperation, KeyError):
            return self.fault(path, f"This must be {wanted}, not “{node.value}”.")


def as_text(node: yaml.ScalarNode) -> str:
    """Return text; numbers, dates and yes/no need quotes to be text, so that nothing is guessed."""
    if node.tag != TAG + "str":
        raise ValueError(node.value)
    return str(node.value)


def as_whole(node: yaml.ScalarNode) -> int:
    """Return a whole number written plainly in ASCII digits."""
    if not re.fullmatch(r"-?[0-9]{1,12}", node.value):
        raise ValueError(node.value)
    return int(node.value)


def as_decimal(node: yaml.ScalarNode) -> Decimal:
    """Return an exact number."""
    if not re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?", node.value):
        raise ValueError(node.value)
    return Decimal(node.value)


def as_date(node: yaml.ScalarNode) -> date:
    """Return a date written as YYYY-MM-DD."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value):
        raise ValueError(node.value)
    return date.fromisoformat(node.value)


def as_time(node: yaml.ScalarNode) -> time:
    """Return a time of day written as HH:MM."""
    if not re.fullmatch(r"[0-9]{2}:[0-9]{2}", node.value):
        raise ValueError(node.value)
    return time.fromisoformat(node.value)


YES_NO = {"yes": True, "true": True, "no": False, "false": False}
SCALARS: dict[Any, tuple[str, Callable[[yaml.ScalarNode], Any]]] = {
    str: ("text (in quotes if it looks like a number, a date or yes/no)", as_text),
    int: ("a whole number", as_whole),
    Decimal: ("a number", as_decimal),
    bool: ("yes or no", lambda node: YES_NO[node.value.lower()]),
    date: ("a date of the calendar as YYYY-MM-DD", as_date),
    time: ("a time of day as HH:MM", as_time),
}


def is_null(node: yaml.Node) -> bool:
    """Tell whether nothing was written (or null)."""
    return isinstance(node, yaml.ScalarNode) and node.tag == TAG + "null"


def join(path: str, name: str) -> str:
    """Return the path of a key below a path."""
    return f"{path}.{name}" if path else name


def parent(path: str) -> str:
    """Return the path above a path: offices[3].slug, offices[3], offices, then nothing."""
    return path[: max(path.rfind("."), path.rfind("["), 0)]
