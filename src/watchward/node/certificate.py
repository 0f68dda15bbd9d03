"""The node's own certificate: a small authority that shippers and browsers can trust, and a certificate from it.

The authority is made once and lasts, so that whoever trusts it need do nothing when the certificate is renewed. A site
with a certificate of its own names it in the settings instead, and none of this is used.
"""

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.base.files import turn
from watchward.console.node.certificates import check_key, reason
from watchward.node.config import EVERYWHERE, Config

AUTHORITY_YEARS = 10
CERTIFICATE_DAYS = 397
"""Browsers accept no longer one."""

_CORRECT = "Correct tls_certificate and tls_key in config.toml, or remove both for one of the node's own."

RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Where the files are that a TLS listener needs.

    Args:
        chain: the certificate, and whatever stands between it and its authority (PEM).
        key: its private key (PEM).
        authority: what a client must trust; None when the site brought a certificate of its own.

    """

    chain: Path
    key: Path
    authority: Path | None


def certificate_for(config: Config, *, clock: Clock) -> Certificate:
    """The certificate with which this node's listeners answer, made or renewed when that is needed.

    Raises:
        BadSetupError: the settings name a certificate without its key, or one that cannot be used.

    """
    if config.tls_certificate or config.tls_key:
        return _own(config)
    keys = config.layout.keys
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Certificate(chain=keys / "node.pem", key=keys / "node.key", authority=keys / "authority.pem")
    names = _names(config)
    with turn(keys / "certificate.lock"):  # the listeners start together, and must not each found an authority
        if not _good(made, names, clock.now()):
            _issue(made, names, authority_key=keys / "authority.key", now=clock.now())
    return made


def _own(config: Config) -> Certificate:
    if not (config.tls_certificate and config.tls_key):
        raise BadSetupError(
            "A certificate needs its key, and a key its certificate.",
            advice="Set both tls_certificate and tls_key in config.toml, or neither.",
        )
    for path in (config.tls_certificate, config.tls_key):
        if not path.is_file():
            raise BadSetupError(f"{path} is not there.", advice=_CORRECT)
    try:
        check_key(config.tls_certificate, config.tls_key)
    except OSError as error:
        raise BadSetupError(
            f"{config.tls_certificate} and its key cannot be used: {reason(error)}.", advice=_CORRECT
        ) from error
    return Certificate(chain=config.tls_certificate, key=config.tls_key, authority=None)


def _names(config: Config) -> list[str]:
    """Every name and address by which this node may be reached."""
    names = {"localhost", "127.0.0.1", "::1", socket.gethostname(), socket.getfqdn(), config.public_host}
    names |= {config.web_host, config.gateway_host}
    return sorted(name for name in names - EVERYWHERE if name)


def _good(certificate: Certificate, names: Sequence[str], now: datetime) -> bool:
    """Whether the certificate on disk still serves: it fits its key, lasts for a while, and covers every name."""
    try:
        check_key(certificate.chain, certificate.key)
        found = x509.load_pem_x509_certificate(certificate.chain.read_bytes())
    except (OSError, ValueError):
        return False
    covered = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return found.not_valid_after_utc - now > RENEW_BEFORE and set(_general(names)) <= set(covered)


def _general(names: Sequence[str]) -> list[x509.GeneralName]:
    return [_general_name(name) for name in names]


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _issue(certificate: Certificate, names: Sequence[str], *, authority_key: Path, now: datetime) -> None:
    """Make a certificate from the node's authority, and first the authority if there is none."""
    if certificate.authority is None:
        raise ValueError("only the node's own authority issues certificates")
    if not (certificate.authority.is_file() and authority_key.is_file()):
        _found_authority(certificate.authority, authority_key, now)
    try:
        issuer = x509.load_pem_x509_certificate(certificate.authority.read_bytes())
        issuer_key = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadSetupError(
            f"{certificate.authority} or {authority_key} is damaged.",
            advice="Bring both back from a backup, or delete both: then browsers and shippers must trust a new one.",
        ) from error
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise BadSetupError(f"{authority_key} is not an EC key.", advice="Delete it, and the node makes a new one.")
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        _begin("Watchward node", issuer.subject, key, now, timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    _write(certificate.key, _pem(key))
    _write(certificate.chain, built.public_bytes(serialization.Encoding.PEM))


def _found_authority(path: Path, key_path: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("Watchward node authority")
    built = (
        _begin("Watchward node authority", subject, key, now, timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_path, _pem(key))
    _write(path, built.public_bytes(serialization.Encoding.PEM))


_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _begin(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # for clients whose clock is a little behind
        .not_valid_after(now + lasts)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Put a private file in its place in one step, so that a reader never sees half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)
