"""What the platform knows of organisations' estates: the part of adapters.py that proposes whether an alert applies."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from watchward.console.care.models import Arrangement, CareDependency, CareSupplier, CareSystem, Choice
from watchward.console.coverage.arriving import Ledger
from watchward.console.coverage.models import Arriving
from watchward.console.estate.models import Organisation
from watchward.estate.care.system import SystemKind
from watchward.respond.advisory.content import Product
from watchward.respond.advisory.proposal import Known, Proposal, System, proposed

_AT_ONCE: Final = 500
_LABELS: Final = {one.value: one.label for one in SystemKind}


def proposals(products: Iterable[Product], organisations: Collection[int], today: date) -> dict[int, Proposal]:
    """What is proposed to organisations of which anything is known, by their number.

    Args:
        products: what the alert is about.
        organisations: their numbers; many of them at once cost a few statements.
        today: events count that arrived in the week before.

    """
    products = tuple(products)
    if not products:
        return {}
    known = _mapped(organisations)
    if wanted := {one.sends.casefold() for one in products if one.sends}:
        for pk, sends in _senders(organisations, wanted, today).items():
            known[pk] = replace(known.get(pk, Known()), sends=sends)
    # Thousands of small organisations have the same three systems from the same suppliers.
    alike: dict[Known, Proposal] = {}
    found: dict[int, Proposal] = {}
    for pk, one in known.items():
        if one not in alike:
            alike[one] = proposed(products, one)
        found[pk] = alike[one]
    return found


def nothing_known(products: Iterable[Product]) -> Proposal:
    """What is proposed to an organisation of which nothing is known."""
    return proposed(products, Known())


def _mapped(organisations: Collection[int]) -> dict[int, Known]:
    """What maps of care say of organisations' systems."""
    suppliers = dict(CareSupplier.objects.values_list("pk", "name"))
    systems: dict[int, list[System]] = defaultdict(list)
    own, confirmed = set[int](), set[int]()
    among, wanted = sorted(organisations), set(organisations)
    narrow = {"organisation__in": among} if len(among) <= _AT_ONCE else {}
    for pk, mine, at in Arrangement.objects.filter(**narrow).values_list("organisation", "own", "confirmed_at"):
        own.update({pk} if mine else ())
        confirmed.update({pk} if at else ())
    stored = CareSystem.objects.filter(**narrow).values_list("organisation", "kind", "product", "host")
    for pk, kind, product, host in stored.iterator(10_000):
        systems[pk].append(_system(_LABELS.get(kind, kind), product, host, suppliers))
    for pk, name, chosen in Choice.objects.filter(**narrow).values_list("organisation", "name", "chosen"):
        if pk not in own:
            systems[pk].append(_system(name.replace("_", " ").replace("-", " "), "", chosen, suppliers))
    needed = CareDependency.objects.filter(**narrow, provider__startswith="supplier/")
    for pk, provider in needed.values_list("organisation", "provider").distinct():
        systems[pk].append(_system("part of your care", "", provider, suppliers))
    return {pk: Known(systems=tuple(found), confirmed=pk in confirmed) for pk, found in systems.items() if pk in wanted}


def _system(what: str, product: str, host: str, suppliers: Mapping[str, str]) -> System:
    by = host if host in suppliers else ""
    return System(what=what, product=product, supplier=by, supplier_name=suppliers.get(by, ""))


def _senders(organisations: Collection[int], wanted: Collection[str], today: date) -> dict[int, frozenset[str]]:
    """Which of some kinds of events arrive from which organisations."""
    by_code = {code: pk for pk, code in Organisation.objects.values_list("pk", "code")}
    among = set(organisations)
    found: dict[int, set[str]] = defaultdict(set)
    for code, content in Arriving.objects.values_list("organisation", "content").iterator(1_000):
        pk = by_code.get(code)
        if pk in among:
            sends = {(kind.product or "").casefold() for kind in Ledger.of(bytes(content)).kinds(today)}
            found[pk] |= sends & set(wanted)
    return {pk: frozenset(sends) for pk, sends in found.items() if sends}
