from pathlib import Path
from types import SimpleNamespace

from watchward.node.scan import show


def test_a_file_with_a_strange_name_does_not_disturb_the_progress(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")

    with show.progress() as shown:
        shown(SimpleNamespace(events=3, path=Path("[red].evtx")))

    assert "[red].evtx" in capsys.readouterr().err
