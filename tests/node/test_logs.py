import pytest
import structlog

from watchward.node import logs


@pytest.fixture
def log():
    before = structlog.get_config()
    logs.configure()
    yield structlog.get_logger()
    structlog.configure(**before)


def test_a_log_line_goes_to_stderr_with_its_fields(log, capsys):
    log.info("alert_saved", rule="rule-1", count=3)

    said = capsys.readouterr()
    assert said.out == ""
    assert "level=info event=alert_saved" in said.err
    assert "rule=rule-1" in said.err
    assert "count=3" in said.err


def test_nothing_shaped_like_an_nhs_number_is_logged(log, capsys):
    log.warning("record_refused", reason="field 9434765919 is odd", sample={"text": ["943 476 5919"]})

    said = capsys.readouterr().err
    assert "9434765919" not in said
    assert "943 476 5919" not in said


def test_what_is_only_for_developers_is_left_out(log, capsys):
    log.debug("journal_projected", entries=1)

    assert capsys.readouterr().err == ""
