from pathlib import Path
from string import Formatter

import pytest

from watchward.access.permissions import Permission
from watchward.access.roles import ROLES, Role
from watchward.base.audit import SENTENCES, AuditEvent, told
from watchward.node.config import Config

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("event", AuditEvent)
def test_every_audit_event_has_its_sentence_and_its_line_in_the_docs(event):
    line = f"| `{event}` | {SENTENCES[event]} |"

    assert line in (REFERENCE / "audit.md").read_text(), f"add to docs/reference/audit.md, in its place:\n{line}"


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_documented_and_granted_by_some_role(permission):
    line = f"| `{permission}` | {permission.meaning} |"

    assert line in (REFERENCE / "permissions.md").read_text(), (
        f"add to docs/reference/permissions.md, in its place:\n{line}"
    )
    assert any(permission in role.grants for role in ROLES.values())


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.key)
def test_every_role_is_documented_with_its_permissions(role: Role):
    grants = ", ".join(f"`{permission}`" for permission in sorted(role.grants))
    line = f"| {role.title} | `{role.key}` | {role.purpose} | {grants} |"

    assert line in (REFERENCE / "permissions.md").read_text(), f"docs/reference/permissions.md should say:\n{line}"


@pytest.mark.parametrize("words", [AuditEvent, Permission])
def test_the_vocabulary_is_in_alphabetical_order(words):
    assert [word.name for word in words] == sorted(word.name for word in words)


@pytest.mark.parametrize("event", AuditEvent)
def test_every_event_reads_as_a_sentence(event):
    fields = {name: "it" for _, name, _, _ in Formatter().parse(SENTENCES[event]) if name}
    sentence = told(event, names={"by": "Ada", "subject": "Bob", "organisation": "X"}, details=fields)

    assert sentence.endswith(".")
    assert "{" not in sentence


def test_an_event_of_a_later_version_is_told_by_its_key():
    assert told("moon.landed", names={"by": "Ada", "subject": "the moon"}, details={}) == "Ada: moon.landed (the moon)."


@pytest.mark.parametrize("name", Config.model_fields)
def test_every_setting_is_documented_with_its_default(name):
    field = Config.model_fields[name]
    line = f"| `{name}` | {_default(field.default)} | {field.description} |"

    assert line in (REFERENCE / "settings.md").read_text(), f"add to docs/reference/settings.md, in its place:\n{line}"


def _default(value: object) -> str:
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int():
            return f"`{value}`"
        case None | "" | ():
            return "none"
        case _:
            return f'`"{value}"`'
