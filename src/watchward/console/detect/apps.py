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
        from watchward.console.care.signals import map_changed  # noqa: PLC0415
        from watchward.console.detect import stakes  # noqa: PLC0415
        from watchward.console.detect.adapters import rescore  # noqa: PLC0415 - models are ready only now
        from watchward.console.estate.signals import device_marked, organisations_imported  # noqa: PLC0415
        from watchward.console.harm.signals import numbers_changed  # noqa: PLC0415

        def order_anew(device: Any, **_: object) -> None:
            rescore(device)

        def weigh_anew(organisations: Any, **_: object) -> None:
            stakes.map_changed(organisations)

        def weigh_later(codes: Any, **_: object) -> None:
            stakes.organisations_changed(codes)

        organisations_imported.connect(weigh_later, weak=False, dispatch_uid="detect.stakes.imported")

        def weigh_by_other_numbers(place: Any, **_: object) -> None:
            stakes.numbers_changed(place)

        numbers_changed.connect(weigh_by_other_numbers, weak=False, dispatch_uid="detect.numbers")
        map_changed.connect(weigh_anew, weak=False, dispatch_uid="detect.stakes")
        device_marked.connect(order_anew, weak=False, dispatch_uid="detect.rescore")
