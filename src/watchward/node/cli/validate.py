"""`watchward harm validate`: the model of harm set against incidents of the past."""

import json
from typing import Annotated

from cyclopts import Parameter


def validate(
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Predict each published incident from what was learnt of the others, and say how well that fits (a minute).

    Args:
        as_json: print one JSON object.

    """
    from watchward.harm.history import report  # noqa: PLC0415 - loads the model; --help does not
    from watchward.harm.history.as_json import as_json as plain  # noqa: PLC0415
    from watchward.harm.history.page import page  # noqa: PLC0415
    from watchward.harm.parameters.table import standard  # noqa: PLC0415

    found = report.validate(standard())
    print(json.dumps(plain(found), indent=2, ensure_ascii=False) if as_json else page(found), end="")  # noqa: T201
    if as_json:
        print()  # noqa: T201
