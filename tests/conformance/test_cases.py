import re

import pytest
import yaml

from conformance.suite import FOLDER, driver

FILES = sorted((FOLDER / "cases").rglob("*.yml"))
DOCUMENTS = yaml.safe_load((FOLDER / "specification.yml").read_text())
CASES = driver.load()


class OneKeyEach(yaml.SafeLoader):
    """A loader that refuses a mapping with the same key twice, which YAML forbids and PyYAML lets through."""

    def construct_mapping(self, node, deep=False):  # noqa: FBT002 - PyYAML's own
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"{node.start_mark}: a key is there twice: {keys}"
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_case_hides_another_of_the_same_name(path):
    assert yaml.load(path.read_text(), Loader=OneKeyEach)["title"]  # noqa: S506 - a safe loader


DIFFER = re.compile(
    r"(?i)y|n|yes|no|on|off|~|[-+]?0[0-7_]+|[-+]?[0-9][0-9_]*_[0-9_]*|0b[01_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|=|<<|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"
)
"""Plain scalars that YAML 1.1 and 1.2 read as different things."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_edition_of_yaml_reads_the_cases_alike(path):
    tokens = yaml.scan(path.read_text())
    plain = [token.value for token in tokens if isinstance(token, yaml.ScalarToken) and token.plain]

    assert [value for value in plain if DIFFER.fullmatch(value)] == []


def test_identifiers_are_unique_and_simple():
    names = [case.id for case in CASES]

    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z-]+/[a-z0-9-]+/[a-z0-9-]+", name)] == []


def test_every_case_says_why_in_one_sentence():
    short = re.compile(r"[A-Z`].{15,240}\.", re.DOTALL)

    assert [case.id for case in CASES if not short.fullmatch(case.because) or "\n" in case.because] == []


def test_every_case_cites_a_place_that_there_is():
    known = {f"{name} § {heading}" for name, document in DOCUMENTS.items() for heading in document["headings"]}

    assert {case.id: case.cites for case in CASES if not case.cites or not known.issuperset(case.cites)} == {}


def test_every_case_names_its_basis():
    assert {case.basis for case in CASES} <= {"specification", "extension", "convention"}
    for case in CASES:
        documents = {cited.partition(" ")[0] for cited in case.cites}
        assert (case.basis == "specification") <= documents.isdisjoint({"conventions", "enhancements"}), case.id


def test_every_case_can_be_answered_wrongly():
    """A case with nothing to find and nothing to leave alone would prove nothing."""
    for case in CASES:
        if case.wanted is not None:
            assert case.events, case.id
            numbers = set(range(len(case.events)))
            assert any(
                one.kind == "groups" or one.must or one.must | one.may != numbers for one in case.wanted.values()
            ), case.id


def test_every_rule_has_an_identifier_and_every_expected_one_is_there():
    for case in CASES:
        documents = [yaml.safe_load(text) for text in case.rules] if case.wanted is not None else []
        assert set(case.wanted or ()) <= {one.get("id") for one in documents}, case.id
