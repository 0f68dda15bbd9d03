from watchward.base.errors import BadInputError


def test_an_error_prints_what_went_wrong_and_then_what_to_do():
    error = BadInputError("rule.yml: line 3 is not YAML.", advice="Indent it with spaces.")

    assert str(error) == "rule.yml: line 3 is not YAML.\nIndent it with spaces."
