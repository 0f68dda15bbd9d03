"""The Django app of detection."""

from typing import Any

from django.apps import AppConfig


class DetectConfig(AppConfig):
    """Rules, alerts, their projection from the journal, and hunts."""

    name = "watchward.console.detect"
    label = "detect"
    verbose_name = "Detection"

    def ready(self) -> None:
        """Listen to what the estate tells."""
        from watchward.console.detect.adapters import rescore  # noqa: PLC0415 - models are ready only now
        from watchward.console.estate.signals import device_marked  # noqa: PLC0415

        def order_anew(device: Any, **_: object) -> None:
            rescore(device)

        device_marked.connect(order_anew, weak=False, dispatch_uid="detect.rescore")
