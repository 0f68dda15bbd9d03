"""Rule files for tests of correlations and filters."""

from watchward.detect.sigma.rules import RuleSet, load

BASE = """\
title: Failed login
id: {id}
name: {name}
logsource:
  product: windows
  service: security
detection:
  s:
    EventID: 4625
  condition: s
"""

MANY = """\
title: Many failed logins
id: 0e95725d-7320-415d-80f7-004da920fc11
name: many
correlation:
{body}
level: high
"""

PLAIN = "type: event_count\nrules: failed\ngroup-by: User\ntimespan: 10m\ncondition:\n  gte: 10"


def base(name: str = "failed", id: str = "53ba33fd-3a50-4468-a5ef-c583635cfa92") -> str:  # noqa: A002
    return BASE.format(name=name, id=id)


def many(body: str = PLAIN, name: str = "many", **changes: str) -> str:
    text = MANY.format(body="\n".join(f"  {line}" for line in body.splitlines()))
    text = text.replace("name: many", f"name: {name}")
    for key, value in changes.items():
        text = "\n".join(f"{key}: {value}" if line.startswith(f"{key}:") else line for line in text.splitlines())
    return text + "\n"


def loaded(folder, *documents: str) -> RuleSet:
    (folder / "rules.yml").write_text("---\n".join(documents))
    return load([folder])
