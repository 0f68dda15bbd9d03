"""Archives from outside are treated as hostile."""

import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime

import pytest

from detect.builders import rule_text
from watchward.base.errors import BadInputError
from watchward.detect.lives import sets
from watchward.detect.sigma import release

RULE = rule_text("s:\n  CommandLine|contains: vssadmin\ncondition: s")


def archive_of(path, files):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, text in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def take(archive, into):
    with release.staged(archive, into=into) as staged:
        release.put(staged.folder, into)


@pytest.fixture
def into(tmp_path):
    return tmp_path / "rules"


@pytest.mark.parametrize("name", ["../evil.yml", "/evil.yml", "a/../../evil.yml", "..\\evil.yml", "C:\\evil.yml"])
@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_no_entry_of_an_archive_leads_outside(ending, name, into, tmp_path):
    take(archive_of(tmp_path / f"r{ending}", {name: "x", "good.yml": RULE}), into)

    assert [path.name for path in tmp_path.rglob("*.yml")] == ["good.yml"]


def test_an_archive_cannot_say_itself_what_set_it_is(into, tmp_path):
    take(archive_of(tmp_path / "r.zip", {sets.NOTE: "{}", "good.yml": RULE}), into)

    assert not (into / "release" / sets.NOTE).exists()


def test_links_in_an_archive_are_left_out(into, tmp_path):
    with tarfile.open(tmp_path / "r.tar", "w") as archive:
        link = tarfile.TarInfo("link.yml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)

    with pytest.raises(BadInputError, match="holds no rules"):
        take(tmp_path / "r.tar", into)
    assert list(into.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x1f\x8b broken", b"plain text"])
def test_what_is_no_archive_changes_nothing(content, into, tmp_path):
    take(archive_of(tmp_path / "r.zip", {"a.yml": RULE}), into)
    (tmp_path / "broken").write_bytes(content)

    with pytest.raises(BadInputError, match="cannot be read as an archive"):
        take(tmp_path / "broken", into)
    assert [path.name for path in into.rglob("*.yml")] == ["a.yml"]


def test_an_archive_without_bound_is_refused(into, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "MOST_BYTES", 1000)
    archive = archive_of(tmp_path / "r.zip", {f"{number}.yml": "x" * 200 for number in range(20)})

    with pytest.raises(BadInputError, match="larger than any release"):
        take(archive, into)


@pytest.mark.parametrize(
    ("source", "files", "version", "licence"),
    [
        ("sigma-r2026-10-01.zip", {"a.yml": RULE}, "r2026-10-01", ""),
        ("rules.zip", {"sigma-r2026-09-01/a.yml": RULE}, "r2026-09-01", ""),
        ("rules.zip", {"a.yml": f"date: 2025-01-02\nmodified: 2026/03/04\n{RULE}"}, "as of 2026-03-04", ""),
        ("rules.zip", {"a.yml": RULE, "LICENSE": "The Detection Rule License 1.1"}, None, "Detection Rule License 1.1"),
        ("rules.zip", {"a.yml": RULE, "LICENCE": "Our own terms"}, None, "see LICENCE"),
    ],
)
def test_a_set_says_what_its_archive_tells_of_it(source, files, version, licence, tmp_path):
    into = tmp_path / "rules"
    with release.staged(archive_of(tmp_path / source, files), into=into) as staged:
        note = sets.noted(staged, sets.Said(), source=source, at=datetime(2026, 11, 1, tzinfo=UTC), by="Ada")
        release.put(staged.folder, into)

    assert version is None or note.version == version
    assert note.licence == licence
    assert sets.brought(into) == {"release": note}
    assert json.loads((into / "release" / sets.NOTE).read_text())["brought_by"] == "Ada"


def test_a_rule_belongs_to_the_set_in_whose_folder_it_lies(into):
    places = ("own.yml", "team/own.yml", "release/a.yml", "release-vendor/x/b.yml", "release.yml")

    assert [sets.set_of(into / place, into) for place in places] == [
        "site",
        "site",
        "release",
        "release-vendor",
        "site",
    ]
