"""What a home holds before its node runs: the sector's places, and the people who press buttons.

    python bench/parts/sector/prepare.py sector|check-first|at-once HOME FOLDER REGIONS ORGANISATIONS

Run in a process of its own for each home, because a process has one.
"""

import json
import sys
from pathlib import Path

from watchward.node.config import load
from watchward.node.wiring import migrate, start_django

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of an invented person's authenticator


def main() -> None:
    what, home, folder, regions, organisations = sys.argv[1:]
    config = load(Path(home))
    start_django(config)
    migrate(config)
    if what == "sector":
        make_places(int(regions), int(organisations))
        choose_canaries()
        keep(Path(folder), {"ada": analyst("ada"), "ben": analyst("ben"), **first()})
    else:
        write_policy(Path(home).name, check_first=what == "check-first")


def keep(folder: Path, tokens: dict[str, str]) -> None:
    """Keep the tokens of those who press buttons, which are good at every node: their databases are copies."""
    (folder / "people.json").write_text(json.dumps(tokens))


def make_places(regions: int, organisations: int) -> None:
    from nodes import places

    from watchward.console.estate.models import Organisation

    for place in places(regions, organisations):
        above = Organisation.objects.filter(code=place.above).first()
        Organisation.objects.create(
            code=place.code, name=f"Invented {place.kind} {place.code}", kind=place.kind, parent=above, path=place.path
        )


def person(name: str, role: str, code: str) -> str:
    """Somebody with a role over an organisation, or all of the node; return a token of theirs."""
    from allauth.mfa.totp.internal.auth import TOTP

    from watchward.base.clock import SystemClock
    from watchward.console.access.models import Post, User
    from watchward.console.estate.models import Organisation
    from watchward.console.tokens.actions import make_token

    user = User.objects.create_user(f"{name}@bench.example", name.capitalize())
    TOTP.activate(user, SECRET)
    Post.objects.create(user=user, role=role, organisation=Organisation.objects.filter(code=code).first())
    return make_token(by=user, name="bench", days=30, clock=SystemClock()).secret


def analyst(name: str) -> str:
    """Somebody at the nation who may decide for all."""
    return person(name, "national_analyst", "")


def choose_canaries() -> None:
    """Some organisations try national blocks before the others."""
    from nodes import CANARIES, FIRST

    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.estate.models import Organisation
    from watchward.console.protect.own_actions import choose_canary

    found = Organisation.objects.filter(code__in=CANARIES) or Organisation.objects.filter(code=FIRST)
    for place in found:
        choose_canary(by=Service(name="bench"), organisation=place, member=True, clock=SystemClock())


def write_policy(code: str, *, check_first: bool) -> None:
    """Have an organisation adopt what others share. By default a policy has harm checked first."""
    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.estate.models import Organisation
    from watchward.console.protect.own_actions import write_policy as write
    from watchward.respond.blocks.adopting import Policy

    place = Organisation.objects.get(code=code)
    policy = Policy(confidence=20, check_first=check_first)
    write(by=Service(name="bench"), organisation=place, policy=policy, clock=SystemClock())


def first() -> dict[str, str]:
    """The cyber lead of the organisation that sees the attack first, and what sends its events."""
    import base64

    from nodes import FIRST

    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.estate.actions import add_source
    from watchward.console.estate.models import Organisation
    from watchward.estate.shipper import Shipper

    place = Organisation.objects.get(code=FIRST)
    made = add_source(
        by=Service(name="bench"), organisation=place, name="bench", shipper=Shipper.WINLOGBEAT, clock=SystemClock()
    )
    key = base64.b64encode(f"{made.key_id}:{made.secret}".encode()).decode()
    return {"lead": person("lead", "organisation_cyber_lead", place.code), "shipper": key}


if __name__ == "__main__":
    main()
