"""A backup of a node that is receiving, restored: nothing in it contradicts anything else in it."""

import sqlite3
import tarfile
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from gateway.gateways import GatewayProcess, an_event, bulk_of, write_sources
from lake.batches import rows
from lake.journals import MOMENT, an_entry
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError
from watchward.intel.exact import folder as indicators
from watchward.intel.exact.entry import Entry
from watchward.intel.observable import Kind, observable
from watchward.lake import catalogue, journal, segments
from watchward.lake.aside import aside
from watchward.lake.catalogue import Wanted
from watchward.lake.expiry import expire
from watchward.lake.journal import Writer
from watchward.lake.keep import Keep
from watchward.lake.merge import merge
from watchward.lake.segments import Segment
from watchward.node.backup import back_up, restore
from watchward.node.cli import main
from watchward.node.home import Home

CLOCK = HeldClock(at=MOMENT)


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    write_sources(made, "ZZ1")
    (made.rules / "mine").mkdir()
    (made.rules / "mine" / "rule.yml").write_text("title: mine")
    (made.cache / "plan").write_text("may be deleted")
    with closing(sqlite3.connect(made.database)) as database:
        database.execute("CREATE TABLE alert (name TEXT)")
        database.execute("INSERT INTO alert VALUES ('one')")
        database.commit()
    writer = Writer(made.journal / "g1")
    for sequence in (1, 2, 3):
        segments.write(made.lake, Segment.of("g1", sequence, MOMENT), rows(f"event-{sequence}"))
        writer.append(an_entry(sequence))
    writer.close()
    return made


def events(home):
    return sorted(catalogue.dataset(home.lake, Wanted()).to_table(columns=["event_id"])["event_id"].to_pylist())


def test_what_has_expired_does_not_come_back_from_a_backup(home, tmp_path):
    later = MOMENT + timedelta(days=9)
    segments.write(home.lake, Segment.of("g1", 4, later), rows("event-4", at=later))
    kept = Keep(days=5, free_bytes=0)
    expire(home.lake, keep=kept, projected={"g1": 4}, now=later, free_bytes=0)

    back_up(home, tmp_path / "copy", clock=CLOCK)
    restore(tmp_path / "copy", Home(tmp_path / "again"))

    assert events(Home(tmp_path / "again")) == events(home)
    assert len(events(home)) == 1


@pytest.mark.parametrize("name", ["copy", "copy.tar", "copy.tar.gz"])
def test_a_home_comes_back_as_it_was(home, tmp_path, name):
    merge(home.lake, home.journal, fewest=2)

    assert main(["backup", str(tmp_path / name), "--home", str(home.path)]) == 0
    assert main(["restore", str(tmp_path / name), "--home", str(tmp_path / "again")]) == 0

    again = Home(tmp_path / "again")
    assert events(again) == events(home)
    assert list(journal.read(again.journal)) == list(journal.read(home.journal))
    assert again.sources.read_bytes() == home.sources.read_bytes()
    assert (again.rules / "mine" / "rule.yml").read_text() == "title: mine"
    assert not (again.cache / "plan").exists()
    with closing(sqlite3.connect(again.database)) as database:
        assert database.execute("SELECT name FROM alert").fetchall() == [("one",)]
    modes = {path.stat().st_mode & 0o777 for path in again.path.rglob("*") if path.is_dir()}
    assert modes | {again.path.stat().st_mode & 0o777} == {0o700}
    assert again.sources.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, "again", "home"})


def test_a_backup_does_not_pretend_to_be_an_archive_of_another_kind(home, tmp_path, capsys):
    assert main(["backup", str(tmp_path / "copy.zip"), "--home", str(home.path)]) == 2
    assert "End its name in .tar or .tar.gz" in capsys.readouterr().err
    assert not (tmp_path / "copy.zip").exists()


def test_a_backup_is_never_written_over_something(home, tmp_path):
    (tmp_path / "copy").mkdir()

    with pytest.raises(BadInputError, match="is there already"):
        back_up(home, tmp_path / "copy", clock=CLOCK)


def test_two_backups_at_once_do_not_take_each_others_files(home, tmp_path):
    with aside(home.lake), pytest.raises(BadInputError, match="Another backup"):
        back_up(home, tmp_path / "copy", clock=CLOCK)

    assert not (tmp_path / "copy").exists()


def test_a_home_that_holds_something_is_never_restored_over(home, tmp_path):
    back_up(home, tmp_path / "copy", clock=CLOCK)

    with pytest.raises(BadInputError, match="not empty"):
        restore(tmp_path / "copy", home)


@pytest.mark.parametrize("damage", ["changed", "missing", "added", "no manifest", "escaping link"])
def test_a_damaged_backup_makes_no_home(home, tmp_path, damage):
    copy = tmp_path / "copy"
    back_up(home, copy, clock=CLOCK)
    file = next(copy.glob("journal/g1/*.journal"))
    match damage:
        case "changed":
            content = bytearray(file.read_bytes())
            content[-1] ^= 1
            file.write_bytes(content)
        case "missing":
            file.unlink()
        case "added":
            (copy / "keys" / "authority.key").write_text("another's")
        case "no manifest":
            (copy / "manifest.json").unlink()
        case "escaping link":
            file.unlink()
            file.symlink_to("/etc/passwd")

    with pytest.raises(BadInputError):
        restore(copy, Home(tmp_path / "again"))

    assert not (tmp_path / "again").exists()


def test_an_archive_that_reaches_out_of_its_folder_is_refused(tmp_path):
    evil = tmp_path / "evil.tar"
    with tarfile.open(evil, "w") as archive:
        archive.addfile(tarfile.TarInfo("../escaped"))

    with pytest.raises(BadInputError):
        restore(evil, Home(tmp_path / "again"))

    assert not (tmp_path / "escaped").exists()


def test_a_backup_taken_while_indicators_come_holds_every_one_of_their_files(home, tmp_path):
    folder, stop = home.indicators, threading.Event()
    indicators.publish(folder, (an_entry_of(f"evil{n}.example") for n in range(15_000)))

    def go_on():
        number = 0
        while not stop.is_set():
            number += 1
            indicators.append(folder, added=[an_entry_of(f"worse{number}.example")])

    writing = threading.Thread(target=go_on)
    writing.start()
    try:
        for number in range(8):
            back_up(home, tmp_path / f"copy{number}", clock=CLOCK)
    finally:
        stop.set()
        writing.join()

    for number in range(8):
        restored = Home(tmp_path / f"restored{number}")
        restore(tmp_path / f"copy{number}", restored)
        assert len(list(indicators.kept(restored.indicators))) >= 15_000


def an_entry_of(name):
    return Entry(observable=observable(Kind.DOMAIN, name), indicator="indicator--x", title="")


def test_a_backup_taken_while_the_node_receives_fits_together(home, tmp_path):
    running = GatewayProcess(home=home)
    running.start()
    stopping = threading.Event()

    def send():
        number = 0
        with running.client() as client:
            while not stopping.is_set():
                number += 5
                client.post("/_bulk", content=bulk_of([an_event(number + n) for n in range(5)]))

    sender = threading.Thread(target=send)
    sender.start()
    for number in range(3):
        merge(home.lake, home.journal, fewest=2)
        back_up(home, tmp_path / f"copy-{number}", clock=CLOCK)
    stopping.set()
    sender.join()
    assert running.end() == 0

    for number in range(3):
        again = Home(tmp_path / f"again-{number}")
        restore(tmp_path / f"copy-{number}", again)
        told = sum(entry.events for _, entry in journal.read(again.journal))
        assert len(set(events(again))) == len(events(again)) == told
    revived = GatewayProcess(home=again)
    revived.start()
    before = len(events(again))
    with revived.client() as client:
        assert client.post("/_bulk", content=bulk_of([an_event(10_000_000)])).status_code == 200
    revived.end()
    assert len(events(again)) == before + 1
