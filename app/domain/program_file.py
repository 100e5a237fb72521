"""A program file becomes a `Program`, or a list of every fault in it with its line."""

from collections.abc import Sequence

from app.domain.program import Program
from app.domain.program_checks import check_program
from app.domain.yaml_reading import Fault, Reader


class ProgramFaults(ValueError):
    """The file has faults: `faults` is a list of (line, path, sentence), in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return one line for each fault, as a terminal shows them."""
        return [f"line {line}: {path or 'file'}: {sentence}" for line, path, sentence in self.faults]


def parse_program(text: str) -> Program:
    """Read the text of a program file (YAML). Raises `ProgramFaults` with all faults, never only the first."""
    reader = Reader()
    program = reader.document(text, Program)
    check_program(program, reader.fault)
    if reader.faults:
        raise ProgramFaults(reader.faults)
    assert isinstance(program, Program)
    return program
