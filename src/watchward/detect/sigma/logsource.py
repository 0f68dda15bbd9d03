"""Which events a rule reads."""

from watchward.detect.sigma.rule import LogSource

UMBRELLAS = {
    "registry_event": frozenset(
        {"registry_event", "registry_add", "registry_delete", "registry_rename", "registry_set"}
    ),
}
"""Categories that stand for several: a rule for one of these reads all of them."""

SERVICES = {"auth": frozenset({"auth", "sshd", "sudo"})}
"""Services that stand for several: `auth` is the file in which the other programs' lines are as well."""


Triple = tuple[str | None, str | None, str | None]
"""An event's product, category and service."""


def applies(source: LogSource, product: str | None, category: str | None, service: str | None) -> bool:
    """Whether a rule with this log source reads events of this product, category and service.

    >>> applies(LogSource(category="registry_event"), "windows", "registry_set", "sysmon")
    True
    >>> applies(LogSource(service="auth"), "linux", None, "sshd")
    True

    """
    if source.product is not None and source.product != product:
        return False
    if source.service is not None and service not in SERVICES.get(source.service, {source.service}):
        return False
    return source.category is None or category in UMBRELLAS.get(source.category, {source.category})
