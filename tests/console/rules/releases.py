"""Releases of rules for tests: folders as somebody would give them to be brought in."""

from uuid import UUID


def identifier(number):
    return str(UUID(int=(0x6F1C2A34 << 96) + (4 << 76) + (8 << 60) + number))


def a_rule(number, value="x", title=""):
    return (
        f"title: {title or f'Rule {number}'}\nid: {identifier(number)}\nstatus: test\nlevel: high\n"
        f"description: Number {number}\nlogsource:\n    product: windows\n    category: process_creation\n"
        f"detection:\n    selection:\n        CommandLine|contains: {value}\n    condition: selection\n"
    )


def a_release(folder, **values):
    """A folder with a rule for each name, such as `r1="x"`: the rule number 1 that looks for x."""
    folder.mkdir()
    for name, value in values.items():
        (folder / f"{name}.yml").write_text(a_rule(int(name[1:]), value))
    return folder
