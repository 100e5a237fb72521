"""Reading a JSON file from outside so that one pass names every fault, each with its JSON path."""

import json
import math
from collections.abc import Mapping, Sequence

Fault = tuple[str, str]


class InstanceFaults(ValueError):
    """The file is not of the documented form; `faults` holds (JSON path, sentence)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(f"{path}: {sentence}" for path, sentence in self.faults))


def quoted(text: object) -> str:
    """A value from the file inside a sentence; broken Unicode and line ends are shown escaped."""
    shown = json.dumps(text)
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
            for key in value.keys() - required - optional:
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


def read_json(data: bytes) -> object:
    """The value of a UTF-8 JSON file; InstanceFaults where it is none or repeats a key within an object."""
    repeated: list[str] = []

    def one_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            repeated.extend(sorted({key for key in keys if keys.count(key) > 1}))
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
    if repeated:
        raise InstanceFaults([("$", f"the key {quoted(key)} is given twice in one object") for key in repeated])
    return value
