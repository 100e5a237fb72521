"""Reading a JSON file from outside so that one pass names every fault, each with its JSON path."""

import json
import math
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

Fault = tuple[str, str]


class InstanceFaults(ValueError):
    """The file is not of the documented form; `faults` holds (JSON path, sentence)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(f"{path}: {sentence}" for path, sentence in self.faults))


def quoted(value: object) -> str:
    """A value from the file inside a sentence; broken Unicode and line ends are shown escaped."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    shown = json.dumps(value)
    return shown if len(shown) <= 80 else shown[:79] + "…"


class JsonReader:
    """Typed access to parsed JSON. A wrong value is noted as a fault and read as none; reading goes on."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, path: str, sentence: str) -> None:
        """Note one fault."""
        self.faults.append((path, sentence))

    def mapping(
        self, value: object, path: str, required: frozenset[str], optional: frozenset[str] = frozenset()
    ) -> Mapping[str, object]:
        """An object with all required keys and no unknown ones. A required key that is null is missing."""
        if not isinstance(value, dict):
            self.fault(path, "must be an object")
            return {}
        for key in sorted(key for key in required if value.get(key) is None):
            self.fault(f"{path}.{key}", "is missing")
        if not value.keys() <= required | optional:
            for key in sorted(value.keys() - required - optional):
                self.fault(f"{path}[{quoted(key)}]", "is not a known key")
        return value

    def items(self, value: object, path: str) -> list[object]:
        """A list; null is an empty one."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(path, "must be a list")
            return []
        return value

    def text(self, value: object, path: str) -> str | None:
        """Valid Unicode text; None where it is null or faulty."""
        if value is None:
            return None
        if not isinstance(value, str):
            self.fault(path, f"must be text, not {quoted(value)}")
            return None
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                self.fault(path, f"is not valid Unicode: {quoted(value)}")
                return None
        return value

    def identifier(self, value: object, path: str) -> str | None:
        """Text that is not empty."""
        text = self.text(value, path)
        if text == "":
            self.fault(path, "must not be empty")
            return None
        return text

    def flag(self, value: object, path: str) -> bool | None:
        """true, false or null."""
        if value is None or isinstance(value, bool):
            return value
        self.fault(path, f"must be true or false, not {quoted(value)}")
        return None

    def number(self, value: object, path: str) -> int | float | None:
        """A finite number, fractions allowed."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(path, f"must be a number, not {quoted(value)}")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.fault(path, f"must be a finite number, not {quoted(value)}")
            return None
        return value

    def whole(self, value: object, path: str, *, negative: bool = False) -> int | None:
        """A whole number (3.0 is one); below zero only where `negative` allows it."""
        number = self.number(value, path)
        if number is None:
            return None
        if number != int(number):
            self.fault(path, f"must be a whole number, not {quoted(value)}")
            return None
        if number < 0 and not negative:
            self.fault(path, f"must not be negative, but is {quoted(value)}")
            return None
        return int(number)


class _Repeating(dict[str, object]):
    """An object of the file that gives some keys twice; the last value counts for what follows."""

    repeated: tuple[str, ...] = ()


def _one_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating = _Repeating(found)
    repeating.repeated = tuple(sorted(key for key, times in Counter(key for key, _ in pairs).items() if times > 1))
    return repeating


def read_json(data: bytes) -> tuple[object, list[Fault]]:
    """The value of a UTF-8 JSON file, and a fault for every key that an object repeats.

    InstanceFaults where the file is no JSON at all.
    """
    if data.startswith(BOM_UTF8):
        raise InstanceFaults([("$", "is not JSON: it begins with a byte order mark; save it as UTF-8 without one")])
    repeating = False

    def one_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal repeating
        found = _one_object(pairs)
        repeating = repeating or type(found) is _Repeating
        return found

    try:
        value: object = json.loads(data.decode(), object_pairs_hook=one_object)
    except UnicodeDecodeError as error:
        raise InstanceFaults([("$", f"is not UTF-8 text: byte {error.start} cannot be read")]) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InstanceFaults([("$", f"is not JSON: {error.msg} at {where}")]) from error
    except ValueError as error:  # Python refuses whole numbers of thousands of digits
        raise InstanceFaults([("$", "is not readable JSON: it holds a number that is too long")]) from error
    except RecursionError as error:
        raise InstanceFaults([("$", "is not readable JSON: it is nested too deeply")]) from error
    return value, list(_repeated_keys(value)) if repeating else []


def _repeated_keys(value: object) -> Iterator[Fault]:
    """Every repeated key with its path; without recursion, however deep the file is."""
    waiting = [(value, "$")]
    while waiting:
        found, path = waiting.pop()
        if isinstance(found, _Repeating):
            for key in found.repeated:
                yield path + _step(key), "is given twice in one object"
        if isinstance(found, dict):
            waiting.extend((inner, path + _step(key)) for key, inner in reversed(found.items()))
        elif isinstance(found, list):
            waiting.extend((found[i], f"{path}[{i}]") for i in reversed(range(len(found))))


def _step(key: str) -> str:
    return f".{key}" if key.isascii() and key.isidentifier() else f"[{quoted(key)}]"
