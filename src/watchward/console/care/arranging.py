"""What is known of organisations whose maps are templates, written in a few statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from watchward.console.care import rows
from watchward.console.care.models import Arrangement, Choice, KnownSize
from watchward.console.estate.models import Organisation
from watchward.estate.care.templates import Measure, TemplateKind


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """What is said of an organisation whose map is a template; what is left out stays as it was.

    Args:
        organisation: which.
        template: which template fits it; None where the likely one does.
        measures: what is known of its size; None for what is not known after all.
        hosts: where its systems run, by their names in the template; empty for what is not known after all.
        outside: what elsewhere stands in place of something of the template, by its name there; empty likewise.
        source: where the measures were read.
        remembered: the measures are to be kept also where the map is its own, or where its template counts by others:
            for the questions to it, and for the way back to a template. Else they are refused there.

    """

    organisation: Organisation
    template: TemplateKind | None = None
    measures: Mapping[Measure, float | None] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    remembered: bool = False

    def choices(self) -> Iterator[tuple[Choice.Role, str, str]]:
        """What was chosen: for what, its name, and what."""
        for role, named in ((Choice.Role.HOST, self.hosts), (Choice.Role.OUTSIDE, self.outside)):
            yield from ((role, name, chosen) for name, chosen in named.items())


def write(wanted: Sequence[Arranged], said: Mapping[str, Any]) -> None:
    """Keep what is said."""
    _write_arrangements(wanted, said)
    _write_sizes(wanted)
    _write_choices(wanted)


def _write_sizes(wanted: Sequence[Arranged]) -> None:
    sizes = [
        KnownSize(organisation=one.organisation, measure=measure.value, value=value, source=one.source[:300])
        for one in wanted
        for measure, value in one.measures.items()
        if value is not None
    ]
    KnownSize.objects.bulk_create(
        sizes,
        batch_size=rows.BATCH,
        update_conflicts=True,
        unique_fields=["organisation", "measure"],
        update_fields=["value", "source"],
    )
    for one in wanted:
        unknown = [measure for measure, value in one.measures.items() if value is None]
        if unknown:
            KnownSize.objects.filter(organisation=one.organisation, measure__in=unknown).delete()


def _write_choices(wanted: Sequence[Arranged]) -> None:
    choices = [
        Choice(organisation=one.organisation, role=role.value, name=name, chosen=chosen)
        for one in wanted
        for role, name, chosen in one.choices()
        if chosen
    ]
    Choice.objects.bulk_create(
        choices,
        batch_size=rows.BATCH,
        update_conflicts=True,
        unique_fields=["organisation", "role", "name"],
        update_fields=["chosen"],
    )
    for one in wanted:
        for role, name, chosen in one.choices():
            if not chosen:
                Choice.objects.filter(organisation=one.organisation, role=role.value, name=name).delete()


def _write_arrangements(wanted: Sequence[Arranged], said: Mapping[str, Any]) -> None:
    found = {one.organisation.pk: one for one in wanted}
    stored = set(Arrangement.objects.filter(organisation__in=found).values_list("organisation", flat=True))
    new = [
        Arrangement(
            organisation=one.organisation,
            organisation_path=one.organisation.path,
            template=one.template.value if one.template else "",
            **said,
        )
        for pk, one in found.items()
        if pk not in stored
    ]
    Arrangement.objects.bulk_create(new, batch_size=rows.BATCH)
    for pk in stored:
        template = {"template": found[pk].template} if found[pk].template else {}
        Arrangement.objects.filter(organisation=pk).update(**template, **said)
