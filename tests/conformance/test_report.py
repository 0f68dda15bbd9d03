from fnmatch import fnmatch

import yaml

from conformance.suite import FOLDER, driver

EXPLAINED = yaml.safe_load((FOLDER / "explained.yml").read_text())


def test_every_explanation_is_about_cases_that_there_are():
    names = [case.id for case in driver.load()]
    patterns = {pattern for families in EXPLAINED.values() for family in families for pattern in family["cases"]}

    assert [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in names)] == []


def test_at_least_five_hundred_cases_cover_every_part_of_sigma():
    cases = driver.load()

    assert len(cases) >= 500
    assert {case.group for case in cases} >= {
        *("strings", "modifiers", "values", "structure", "keywords", "conditions", "yaml", "logsources"),
        *("placeholders", "filters", "documents", "correlations", "events"),
    }
