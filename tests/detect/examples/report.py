"""What became of every published rule: `python -m detect.examples.report FOLDER` prints docs/reference/sigmahq.md.

It names rules by file and id, and copies nothing of them.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from detect.examples.events import _demands
from detect.examples.exercise import Exercised, exercised, folders
from detect.examples.reading import Formula, Search, Text, holds
from watchward.detect.sigma import rules
from watchward.detect.sigma.rule import Rejected

HEAD = """\
# What becomes of SigmaHQ's rules

Every published rule is exercised by `tests/detect/test_examples.py`: a second, plain reading of its text makes events
that it must match and others that it only nearly matches; reference and plan must say what that reading says.
This page is made by `make sigmahq`, from the rules in the shared data.
"""


def main() -> None:
    """Print the page."""
    sigma = Path(sys.argv[1])
    plain = rules.load(folders(sigma))
    with tempfile.TemporaryDirectory() as scratch:
        found = list(exercised(sigma, Path(scratch)))
    never = [one for one in found if not any(example.matches for example in one.examples)]
    unmissed = [one for one in found if one not in never and all(example.matches for example in one.examples)]
    anything = [one for one in found if holds(one.formula, {})]
    events = sum(len(one.examples) for one in found)
    matching = sum(example.matches for one in found for example in one.examples)
    print(HEAD)
    print("| | rules |\n|---|--:|")
    print(f"| published | {len(plain.rules) + len(plain.rejected):,} |")
    print(f"| load as they are | {len(plain.rules):,} |")
    print(f"| wait for values that only a site can give | {len(plain.rejected):,} |")
    print(f"| load once a site gives them | {len(found):,} |")
    print("| refused for what they cost | 0 |")
    print(f"| match an event that was made for them | {len(found) - len(never):,} |")
    print(f"| leave an event that is nearly one | {len(found) - len(never) - len(unmissed):,} |")
    print(f"| can never match | {len(never)} |")
    print(f"| match an event of their log source that has no field at all | {len(anything)} |")
    print(f"\n{events:,} events were made, of which {matching:,} must match the rule they were made for.")
    print("\n## Can never match\n\n| rule | why |\n|---|---|")
    for one in never:
        print(f"| {_name(sigma, one.rule.path)}, `{one.rule.id}` | {'; '.join(_reasons(one.formula)) or 'not known'} |")
    _print_few(sigma, "Match whatever has their log source", anything)
    _print_few(sigma, "Leave nothing that is nearly a match", unmissed)
    print("\n## Wait for a site's values\n\n| rule | what it needs |\n|---|---|")
    for refused in plain.rejected:
        print(f"| {_name(sigma, refused.path)} | {_needs(refused)} |")


def _print_few(sigma: Path, title: str, some: Sequence[Exercised]) -> None:
    if some:
        print(f"\n## {title}\n")
        for one in some:
            print(f"- {_name(sigma, one.rule.path)}, `{one.rule.id}`")


def _name(sigma: Path, path: Path) -> str:
    return f"`{path.relative_to(sigma).as_posix()}`"


def _needs(refused: Rejected) -> str:
    return refused.reason.removeprefix("it needs the site's own values for ")


def _reasons(formula: Formula) -> Iterator[str]:
    """Fields that are to equal a text which something else that is asked of them leaves out."""
    demands = [ask for ask, wanted in _demands(formula, None, None) if wanted]
    for ask in demands:
        if isinstance(ask, Text) and len(ask.pieces) == 1 and ask.field:
            value = "".join(map(str, ask.tokens))
            for other in demands:
                if isinstance(other, Text | Search) and other.field == ask.field and not other.fits(value):
                    kind = "an expression is to be found" if isinstance(other, Search) else "another text is to stand"
                    yield f"`{ask.field}` is to equal a text in which {kind} that is not there"


if __name__ == "__main__":
    main()
