"""A signature holds for what was said, to whom, for what, and in answer to which question; for nothing else."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from watchward.base.keys import fingerprint
from watchward.link.signing import Purpose, genuine, nonce, sign

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SAID = {"body": b"{}", "purpose": Purpose.UP, "to": "aa" * 16, "question": "bb" * 16}


def holds(signature, key=KEY, **changed):
    given = SAID | changed
    return genuine(
        signature, given["body"], given["purpose"], to=given["to"], question=given["question"], key=key.public_key()
    )


def signed(key=KEY):
    return sign(SAID["body"], SAID["purpose"], to=SAID["to"], question=SAID["question"], key=key)


def test_what_was_signed_holds():
    assert holds(signed())


@pytest.mark.parametrize(
    "changed",
    [{"body": b"{ }"}, {"purpose": Purpose.DOWN}, {"to": "ab" * 16}, {"question": nonce()}, {"key": OTHER}],
    ids=["body", "purpose", "receiver", "question", "key"],
)
def test_with_anything_changed_it_does_not(changed):
    assert not holds(signed(), **changed)


@pytest.mark.parametrize("signature", ["", "zz", "00", "é", "0" * 128, "0" * 1000])
def test_what_is_no_signature_does_not(signature):
    assert not holds(signature)


def test_one_part_is_not_taken_for_another():
    signature = sign(b"", Purpose.UP, to="a\nb", question="c", key=KEY)

    assert not genuine(signature, b"", Purpose.UP, to="a", question="b\nc", key=KEY.public_key())


def test_keys_have_names_and_questions_do_not_come_again():
    assert fingerprint(KEY.public_key()) != fingerprint(OTHER.public_key())
    assert nonce() != nonce()
