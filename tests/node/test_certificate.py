import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import uvicorn
from cryptography import x509

from watchward.base.clock import HeldClock
from watchward.base.errors import BadSetupError
from watchward.gateway.renewal import renewing
from watchward.node.certificate import certificate_for
from watchward.node.config import Config


@pytest.fixture
def clock():
    return HeldClock(at=datetime(2026, 3, 1, tzinfo=UTC))


def test_a_client_that_trusts_the_authority_accepts_the_certificate_for_localhost(tmp_path, clock):
    made = certificate_for(Config(home=tmp_path), clock=clock)
    chain = x509.load_pem_x509_certificate(made.chain.read_bytes())
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())

    chain.verify_directly_issued_by(authority)
    names = chain.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(made.chain, made.key)


def test_the_keys_are_for_the_node_alone(tmp_path, clock):
    made = certificate_for(Config(home=tmp_path), clock=clock)

    assert made.key.stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys/authority.key").stat().st_mode & 0o077 == 0


def test_a_certificate_that_still_serves_is_kept(tmp_path, clock):
    first = certificate_for(Config(home=tmp_path), clock=clock).chain.read_bytes()
    clock.advance(timedelta(days=300))

    assert certificate_for(Config(home=tmp_path), clock=clock).chain.read_bytes() == first


def test_a_certificate_near_its_end_is_renewed_by_the_same_authority(tmp_path, clock):
    made = certificate_for(Config(home=tmp_path), clock=clock)
    before, authority = made.chain.read_bytes(), made.authority.read_bytes()
    clock.advance(timedelta(days=390))

    assert certificate_for(Config(home=tmp_path), clock=clock).chain.read_bytes() != before
    assert made.authority.read_bytes() == authority


def test_a_new_public_name_brings_a_certificate_that_covers_it(tmp_path, clock):
    certificate_for(Config(home=tmp_path), clock=clock)
    made = certificate_for(Config(home=tmp_path, public_url="https://watch.example"), clock=clock)

    names = x509.load_pem_x509_certificate(made.chain.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert "watch.example" in names.value.get_values_for_type(x509.DNSName)


def test_a_certificate_without_its_key_is_refused_with_advice(tmp_path, clock):
    with pytest.raises(BadSetupError, match="Set both tls_certificate and tls_key"):
        certificate_for(Config(home=tmp_path, tls_certificate=tmp_path / "site.pem"), clock=clock)


def shown_by(context):
    """The certificate that a listener shows to whoever connects now."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = client.wrap_bio(back, there), context.wrap_bio(there, back, server_side=True)
    for _ in range(3):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return ends[0].getpeercert(binary_form=True)


async def nothing(scope, receive, send):
    """An application that nobody asks anything."""


def listening(made, renew):
    """A listener with a certificate that it renews, as the console and the gateway have."""
    found = uvicorn.Config(nothing, ssl_certfile=made.chain, ssl_keyfile=made.key)
    renewing(found, chain=made.chain, key=made.key, renew=renew)
    found.load()
    return found


def test_a_listener_renews_its_certificate_while_it_serves(tmp_path, clock):
    renew = partial(certificate_for, Config(home=tmp_path), clock=clock)
    listener = listening(renew(), renew)
    before = shown_by(listener.ssl)
    asyncio.run(listener.callback_notify())
    assert shown_by(listener.ssl) == before

    clock.advance(timedelta(days=390))
    asyncio.run(listener.callback_notify())

    shown = x509.load_der_x509_certificate(shown_by(listener.ssl))
    assert shown.not_valid_after_utc > clock.now() + timedelta(days=300)


def test_a_certificate_that_the_site_replaces_is_taken_up_when_it_is_whole(tmp_path, clock):
    made = certificate_for(Config(home=tmp_path), clock=clock)
    other = certificate_for(Config(home=tmp_path / "other"), clock=clock)
    listener = listening(made, lambda: None)
    before = shown_by(listener.ssl)

    for half in (b"", b"-----BEGIN CERTIFICATE-----\nhalf", other.chain.read_bytes()):
        made.chain.write_bytes(half)
        asyncio.run(listener.callback_notify())
        assert shown_by(listener.ssl) == before

    made.key.write_bytes(other.key.read_bytes())
    asyncio.run(listener.callback_notify())
    assert shown_by(listener.ssl) != before


def test_a_certificate_that_is_broken_is_made_anew(tmp_path, clock):
    made = certificate_for(Config(home=tmp_path), clock=clock)
    made.chain.write_text("-----BEGIN CERTIFICATE-----\nhalf")

    again = certificate_for(Config(home=tmp_path), clock=clock)

    assert x509.load_pem_x509_certificate(again.chain.read_bytes()).not_valid_after_utc > clock.now()
