"""What the commands of patient harm are asked about: a map, the numbers that hold there, and how long things fail."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watchward.base.errors import BadInputError
from watchward.harm import hour

if TYPE_CHECKING:
    from watchward.estate.care.map import CareMap
    from watchward.harm.model import Model
    from watchward.harm.parameters.table import Table


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which map a command works on, how long things fail, and from when."""

    home: Path | None
    file: Path | None
    hours: int
    begins: str
    numbers: Path | None = None

    def model(self, inside: str = "") -> "Model":
        """The map, laid out with the parameters as they hold at an organisation, or at all of the node."""
        from watchward.harm.model import model  # noqa: PLC0415 - compiles the model; --help does not wait for it

        self._sensible()
        found = _read(self.file) if self.file else _kept(self.home)
        if not found.services:
            raise BadInputError(
                "This map has no service, so that nothing can hurt a patient.",
                advice="Bring in organisations (watchward estate import), or a map with a services table.",
            )
        return model(found, self._table(inside))

    def _table(self, inside: str) -> "Table":
        """Our parameters; those that the node keeps in their place; and those of the file before all."""
        from watchward.harm.parameters.overriding import read_file  # noqa: PLC0415 - as above
        from watchward.harm.parameters.table import standard  # noqa: PLC0415 - as above

        table = standard() if self.file else _figures(inside)
        if self.numbers is None:
            return table
        try:
            text = self.numbers.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInputError(
                f"{self.numbers} cannot be read: {error}.", advice="Give a CSV file in UTF-8 that is there."
            ) from error
        return read_file(text, self.numbers.name, table)

    def _sensible(self) -> None:
        from watchward.harm.scenario import Scenario  # noqa: PLC0415 - as above

        Scenario(begins=self.hour, hours=self.hours, failures=())
        if self.home and self.file:
            raise BadInputError("Both --home and --map were given.", advice="Give one of them.")

    @property
    def hour(self) -> int:
        """The hour of the week at which it begins."""
        return hour.read(self.begins)


def not_too_many(number: int, most: int, things: str, *, least: int) -> None:
    """Refuse a number that would never end, or says nothing."""
    if not least <= number <= most:
        raise BadInputError(f"{number:,} {things} cannot be worked out.", advice=f"Ask for {least} to {most:,}.")


def _read(file: Path) -> "CareMap":
    """A map in files, checked as a whole."""
    from watchward.estate.care.tables import complete  # noqa: PLC0415 - as above

    if not file.exists():
        raise BadInputError(f"{file} is not there.", advice="Name a CSV, JSON or ZIP file, or a folder of such files.")
    kinds = {".csv", ".json", ".zip"}
    files = sorted(one for one in file.iterdir() if one.suffix.casefold() in kinds) if file.is_dir() else [file]
    if not files:
        raise BadInputError(f"{file} holds no map.", advice="Put the files of watchward estate export into it.")
    return complete({one.name: one.read_bytes() for one in files})


def _kept(home: Path | None) -> "CareMap":
    """The map of a node."""
    from watchward.node.cli.home import opened  # noqa: PLC0415 - as above

    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.care import queries  # noqa: PLC0415

    return queries.map_visible_to(Service(name="watchward harm"))


def _figures(inside: str) -> "Table":
    """The parameters as they hold on the opened node, or at one of its organisations."""
    from watchward.console.estate.models import Organisation  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.harm import own  # noqa: PLC0415

    place = Organisation.objects.filter(code__iexact=inside).first() if inside else None
    return own.table_for(place)


def codes(laid_out: "Model", inside: str) -> frozenset[str]:
    """The organisations within an organisation, a board or a region."""
    from watchward.harm import asking  # noqa: PLC0415 - as above
    from watchward.harm.within import codes_within  # noqa: PLC0415

    found = codes_within(laid_out.care, inside) or codes_within(laid_out.care, inside.upper())
    if not found:
        asking.require(laid_out, [inside])
        raise BadInputError(
            f"{inside} is no organisation.", advice="Give the code of an organisation, board or region."
        )
    return found
