"""Where matches and findings belong: organisations by their codes, devices by the names that they claim."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import structlog

from watchward.console.estate.models import DeviceAlias, Organisation
from watchward.estate.device import AliasKind
from watchward.estate.organisation import OrganisationKind

log = structlog.get_logger(__name__)

_BATCH: Final = 400
_NAMES: Final = (AliasKind.FQDN.value, AliasKind.HOST_NAME.value)


def organisations_of(codes: set[str]) -> dict[str, Organisation]:
    """The organisations by code; one that nobody has imported yet is kept under its code, so that nothing is lost."""
    known = {one.code: one for one in Organisation.objects.filter(code__in=codes)}
    for code in sorted(codes - set(known)):
        log.warning("organisation_unknown", code=code)
        known[code] = Organisation.objects.create(
            code=code, name=f"Unknown organisation {code}", kind=OrganisationKind.OTHER, path=f"/{code}/"
        )
    return known


def devices_named(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The devices that had some names last, by the organisation's code and the name in lower case."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for code, name in keys:
        wanted[code].add(name)
    found: dict[tuple[str, str], UUID] = {}
    for code, names in wanted.items():
        listed = sorted(names)
        for start in range(0, len(listed), _BATCH):
            rows = DeviceAlias.objects.filter(
                organisation__code=code, value__in=listed[start : start + _BATCH], kind__in=_NAMES
            )
            for device, value in rows.order_by("valid_until", "device").values_list("device", "value"):
                found[code, value] = device
    return found
