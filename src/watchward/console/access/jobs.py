"""What is done about accounts and the audit log on a schedule."""

from datetime import timedelta

from django.conf import settings

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.console.access.export import SCHEDULE, export_head, verify
from watchward.console.jobs import periodic


@periodic(every=SCHEDULE)
def export_audit_head(*, clock: Clock) -> None:
    """Sign the end of the audit log, and keep it in the folder that the settings name."""
    export_head(keys=settings.WATCHWARD.keys, folder=settings.WATCHWARD.audit_export, clock=clock)


@periodic(every=timedelta(days=1))
def verify_audit_log(*, clock: Clock) -> None:
    """Compare the audit log with itself and with its exported heads."""
    verdict = verify(folder=settings.WATCHWARD.audit_export, keys=settings.WATCHWARD.keys, clock=clock)
    if verdict.faults:
        raise BadSetupError(
            f"The audit log is not as it was written: {verdict.faults[0]}",
            advice="Run watchward audit verify to see everything that is wrong, and keep the home as it is.",
        )
