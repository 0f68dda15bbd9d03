"""What is wrong with a published file, and where."""

from watchward.base.errors import BadInputError


class LayoutError(BadInputError):
    """A file is not in the layout that it should have.

    Args:
        file: the file's name.
        line: the line at which that shows, counted from 1.
        found: what stands there.
        expected: what should stand there.

    """

    def __init__(self, *, file: str, line: int, found: str, expected: str) -> None:
        super().__init__(f"{file}, line {line}: found {found}.", advice=f"Expected {expected}.")
        self.file = file
        self.line = line
