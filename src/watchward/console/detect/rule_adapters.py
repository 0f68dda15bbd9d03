"""Keeps what rules say about themselves, as the node last loaded them."""

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from watchward.console.detect.models import Rule, RuleTechnique
from watchward.detect.alerts.attack import technique_keys
from watchward.detect.sigma.rule import Rule as LoadedRule

_CHUNK: Final = 200
_DESCRIBED: Final = (
    "title", "level", "description", "author", "references", "tags", "falsepositives",
    "product", "category", "service", "file", "digest", "loaded",
)  # fmt: skip


@transaction.atomic
def describe_rules(rules: Sequence[LoadedRule]) -> int:
    """Keep what these rules say, and mark all others as no longer run; return how many were new or had changed."""
    changed = describe_some(rules)
    gone = set(Rule.objects.filter(loaded=True).values_list("pk", flat=True)) - {rule.id for rule in rules}
    Rule.objects.filter(pk__in=gone).update(loaded=False)
    return changed


def describe_some(rules: Sequence[LoadedRule]) -> int:
    """Keep what these rules say, and leave all others as they are; return how many were new or had changed."""
    known = dict(Rule.objects.filter(loaded=True).values_list("pk", "digest"))
    changed = [rule for rule in rules if known.get(rule.id) != rule.digest]
    Rule.objects.bulk_create(
        [_row(rule) for rule in changed],
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_DESCRIBED,
    )
    keys = [rule.id for rule in changed]
    RuleTechnique.objects.filter(rule__in=keys).delete()
    RuleTechnique.objects.bulk_create(
        [RuleTechnique(rule_id=rule.id, technique=key) for rule in changed for key in technique_keys(rule.tags)],
        batch_size=_CHUNK,
    )
    return len(changed)


def _row(rule: LoadedRule) -> Rule:
    return Rule(
        id=rule.id,
        title=rule.title[:300],
        level=rule.level.rank,
        description=rule.description,
        author=rule.author,
        references=list(rule.references),
        tags=list(rule.tags),
        falsepositives=list(rule.falsepositives),
        product=rule.logsource.product or "",
        category=rule.logsource.category or "",
        service=rule.logsource.service or "",
        file=rule.path.name,
        digest=rule.digest,
    )
