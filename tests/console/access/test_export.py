import fcntl
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.factories import UserFactory
from watchward.base.audit import AuditEvent
from watchward.base.clock import HeldClock
from watchward.base.errors import BadSetupError
from watchward.console.access import export
from watchward.console.access.audit import record
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry, AuditHead

BY = Service(name="worker")
LATER = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def node(tmp_path, clock):
    """A log of ten entries with two exported heads, after the fourth and after the tenth."""
    for count in range(1, 11):
        record(AuditEvent.ORGANISATIONS_IMPORTED, by=BY, subject=f"file {count}", clock=clock, count=count)
        if count in {4, 10}:
            export.export_head(keys=tmp_path / "keys", folder=tmp_path / "elsewhere", clock=clock)
    return tmp_path


def _verdict(node, *, after=timedelta()):
    clock = HeldClock(
        at=AuditEntry.objects.order_by("number").first().at + after if AuditEntry.objects.exists() else LATER
    )
    return export.verify(folder=node / "elsewhere", keys=node / "keys", clock=clock)


def _faults(node):
    return _verdict(node).faults


def _recompute(first):
    """Rewrite the chain from an entry on, as whoever owns the database can."""
    entries = list(AuditEntry.objects.filter(number__gte=first).order_by("number"))
    for entry in entries:
        before = AuditEntry.objects.filter(number=entry.number - 1).first()
        AuditEntry.objects.filter(number=entry.number).update(previous=before.digest if before else "0" * 64)
        fresh = AuditEntry.objects.get(number=entry.number)
        AuditEntry.objects.filter(number=entry.number).update(digest=export.link_of(fresh).digest)
    last = AuditEntry.objects.order_by("-number").first()
    AuditHead.objects.update(number=last.number, digest=last.digest)


def test_an_untouched_log_has_no_faults(node):
    verdict = _verdict(node, after=timedelta(days=99))

    assert (verdict.faults, verdict.unproved) == ([], [])
    assert (verdict.entries, verdict.heads, verdict.last_head.number) == (10, 2, 10)


def test_a_changed_entry_is_found(node):
    AuditEntry.objects.filter(number=3).update(actor_name="somebody else")

    assert _faults(node) == ["Entry 3 (organisations.imported, 2026-03-01T09:00:00.000000+00:00) was changed."]


@pytest.mark.parametrize(
    "field", ["at", "event", "actor", "subject", "subject_name", "organisation", "organisation_path", "details"]
)
def test_every_part_of_an_entry_is_covered(node, field):
    value = "2026-01-01T00:00:00Z" if field == "at" else "changed"
    AuditEntry.objects.filter(number=7).update(**{field: value})

    assert "was changed" in _faults(node)[0]


def test_a_removed_entry_is_found(node):
    AuditEntry.objects.filter(number=5).delete()

    assert "After entry 4 comes entry 6: what was between them is gone." in _faults(node)


def test_a_log_that_was_cut_off_is_found_even_if_it_says_that_it_ends_there(node):
    AuditEntry.objects.filter(number__gt=8).delete()
    AuditHead.objects.update(number=8, digest=AuditEntry.objects.get(number=8).digest)

    assert _faults(node) == ["Entry 10, whose head was exported, is gone: the log was cut off."]


def test_a_log_whose_end_was_cut_off_carelessly_is_found(node):
    AuditEntry.objects.filter(number=10).delete()

    assert any("entries are missing" in fault for fault in _faults(node))


def test_a_log_that_was_rewritten_with_right_digests_is_found_by_the_exported_heads(node):
    AuditEntry.objects.filter(number=6).update(actor_name="somebody else")
    _recompute(6)

    assert _faults(node) == [
        "Entry 10 is not the one whose head was exported: the log was rewritten from there or before."
    ]


def test_an_entry_that_was_taken_out_of_a_recomputed_chain_is_found(node):
    AuditEntry.objects.filter(number=2).delete()
    for entry in AuditEntry.objects.order_by("number"):
        if entry.number > 2:
            AuditEntry.objects.filter(number=entry.number).update(number=entry.number - 1)
    _recompute(2)

    assert any("rewritten" in fault for fault in _faults(node))


def test_a_forged_head_is_found(node):
    path = node / "elsewhere" / export.HEADS
    path.write_text(path.read_text().replace('"number":10', '"number":9'))

    assert any("does not carry this node's signature" in fault for fault in _faults(node))


def test_a_head_that_is_no_head_is_a_clear_error(node):
    with (node / "elsewhere" / export.HEADS).open("a") as file:
        file.write("not a head\n")

    with pytest.raises(BadSetupError, match=r"audit-heads\.ndjson:3: this is not a signed head"):
        _faults(node)


def test_the_file_of_heads_only_grows(node, clock):
    before = (node / "elsewhere" / export.HEADS).read_text()
    record(AuditEvent.ORGANISATIONS_IMPORTED, by=BY, subject="file", clock=clock, count=1)
    export.export_head(keys=node / "keys", folder=node / "elsewhere", clock=clock)

    assert (node / "elsewhere" / export.HEADS).read_text().startswith(before)


def test_nothing_new_is_not_exported_again(node, clock):
    assert export.export_head(keys=node / "keys", folder=node / "elsewhere", clock=clock) is None


def test_a_new_signing_key_does_not_make_old_heads_good(node, clock):
    AuditEntry.objects.filter(number=6).update(actor_name="somebody else")
    _recompute(6)
    (node / "keys" / export.PRIVATE_KEY).unlink()
    (node / "elsewhere" / export.HEADS).unlink()
    export.export_head(keys=node / "keys", folder=node / "elsewhere", clock=clock)

    assert any("does not carry this node's signature" in fault for fault in _faults(node))


def test_an_empty_log_is_in_order(tmp_path):
    assert _faults(tmp_path) == []


def test_a_log_whose_end_is_not_marked_any_more_is_found(node):
    AuditHead.objects.all().delete()

    assert "the last entry is 10: entries are missing, or the mark of its end was changed." in _faults(node)[0]


def test_heads_that_were_removed_are_missed(node):
    (node / "elsewhere" / export.HEADS).unlink()

    assert _faults(node) == [
        f"This node has signed heads, but there is none in {node / 'elsewhere'}: they were removed, or kept elsewhere."
    ]


def test_nobody_compares_between_the_making_of_the_key_and_the_first_head_that_it_signs(tmp_path, clock, monkeypatch):
    record(AuditEvent.ORGANISATIONS_IMPORTED, by=BY, subject="file", clock=clock, count=1)
    sign, refused = export.sign, []

    def slow(*given, **named):
        folder = os.open(tmp_path / "keys", os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(folder)
        refused.append((tmp_path / "keys" / export.PRIVATE_KEY).exists())
        return sign(*given, **named)

    monkeypatch.setattr(export, "sign", slow)
    export.export_head(keys=tmp_path / "keys", folder=tmp_path / "elsewhere", clock=clock)

    assert refused == [True]
    assert _faults(tmp_path) == []


def test_a_log_that_was_removed_as_a_whole_with_its_heads_is_missed(node):
    AuditEntry.objects.all().delete()
    AuditHead.objects.all().delete()
    shutil.rmtree(node / "elsewhere")

    assert "This node has signed heads" in _faults(node)[0]


def test_an_empty_log_does_not_fit_to_accounts(tmp_path):
    UserFactory()

    assert _faults(tmp_path) == ["The log is empty, but the making of an account is recorded, and there are 1."]


def test_entries_that_have_waited_too_long_for_a_head_prove_nothing(node):
    (node / "elsewhere" / export.HEADS).unlink()
    (node / "keys" / export.PRIVATE_KEY).unlink()

    assert _verdict(node, after=timedelta(minutes=30)).unproved == []
    assert (
        "Entry 1 of 01 March 2026 09:00 UTC and what follows" in _verdict(node, after=timedelta(minutes=31)).unproved[0]
    )


def test_a_head_is_never_signed_with_another_key_than_those_before(node, clock):
    (node / "keys" / export.PRIVATE_KEY).unlink()
    record(AuditEvent.ORGANISATIONS_IMPORTED, by=BY, subject="file", clock=clock, count=1)

    with pytest.raises(BadSetupError, match="would look forged"):
        export.export_head(keys=node / "keys", folder=node / "elsewhere", clock=clock)
    assert not (node / "keys" / export.PRIVATE_KEY).exists()


@pytest.mark.django_db(transaction=True)
def test_entries_written_at_once_make_one_chain(tmp_path, clock):
    import threading  # noqa: PLC0415 - only here

    from django.db import transaction  # noqa: PLC0415

    def write():
        for count in range(5):
            with transaction.atomic():
                record(AuditEvent.ORGANISATIONS_IMPORTED, by=BY, subject="file", clock=clock, count=count)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    verdict = export.verify(folder=tmp_path, keys=tmp_path, clock=clock)
    assert (verdict.entries, verdict.faults) == (15, [])
