"""TLS of the server: its certificate, from the settings or made by an authority of this machine's own.

Rule: the authority is made at the first use and kept, so that it is trusted once; only its owner can read its key. The
server's own certificate is made at each start, for the names and addresses by which it may be called.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import msgspec

from decaf.base.clock import real_time
from decaf.base.settings import BadSetting, Settings

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_AUTHORITY = "authority.pem"  # key and certificate
_TRUSTED = "ca.pem"  # the certificate alone, for clients
_NAMES = ("localhost", "*.localhost", "host.docker.internal", "host.containers.internal")
_ADDRESSES = ("127.0.0.1", "::1")
_AUTHORITY_DAYS, _SERVER_DAYS = 3650, 397  # the longest that browsers accept for a server
_OWNERS = 0o600


class Identity(msgspec.Struct, frozen=True):
    """A private key and its certificate."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """Returns the context of the server's connections, None without TLS. Raises BadSetting."""
    if not settings.tls_cert and settings.tls == "off":
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if settings.tls_cert:
        try:
            context.load_cert_chain(settings.tls_cert, settings.tls_key or None)
        except OSError as error:  # of ssl too
            raise BadSetting(f"tls_cert: {settings.tls_cert}: {error.strerror or error}") from None
        return context
    _load(context, _issue(_authority(_directory(settings)), _names(settings)))
    return context


def trusted_file(settings: Settings) -> Path | None:
    """Returns the file with the authority that clients have to trust, None where there is none of Decaf's own.

    Its path is absolute: clients run in other directories.
    """
    if settings.tls == "off" or settings.tls_cert:
        return None
    return (_directory(settings) / _TRUSTED).absolute()


def _directory(settings: Settings) -> Path:
    if settings.tls_dir:
        return Path(settings.tls_dir)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "decaf" / "tls"


def _names(settings: Settings) -> list[str]:
    """Returns the names and addresses by which clients may call the server."""
    base = urlsplit(settings.base_url).hostname or ""
    hosts = (host.removeprefix(".") if host[:1] != "." else f"*{host}" for host in settings.allowed_host)
    named = (*_NAMES, *_ADDRESSES, settings.host, base, *hosts)
    return [name for name in dict.fromkeys(named) if name and name not in ("0.0.0.0", "::")]


def _authority(directory: Path) -> Identity:
    """Returns the authority of a directory, made there if it is not. Raises BadSetting."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = directory / _AUTHORITY
        if not file.exists():
            with suppress(FileExistsError):  # another server has just made it
                _write_once(file, _pem(_make_authority()))
        authority = _read(file)
        _replace(directory / _TRUSTED, _certificate_pem(authority.certificate))
    except (OSError, ValueError) as error:
        raise BadSetting(f"tls: {directory}: {getattr(error, 'strerror', None) or error}") from None
    return authority


def _write_once(file: Path, content: bytes) -> None:
    """Write a file as a whole. Raises FileExistsError when it is there."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        _write(part, content)
        os.link(part, file)
    finally:
        part.unlink(missing_ok=True)


def _replace(file: Path, content: bytes) -> None:
    part = file.with_name(f"{file.name}.{os.getpid()}")
    _write(part, content)
    part.replace(file)


def _write(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNERS), "wb") as written:
        written.write(content)


def _read(file: Path) -> Identity:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    content = file.read_bytes()
    key = load_pem_private_key(content, None)
    return Identity(cast("EllipticCurvePrivateKey", key), x509.load_pem_x509_certificate(content))


def _pem(identity: Identity) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key + _certificate_pem(identity.certificate)


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _load(context: ssl.SSLContext, identity: Identity) -> None:
    """Use an identity. The library reads it from a file only: one that is there just for that."""
    with NamedTemporaryFile(suffix=".pem") as file:  # only its owner can read it
        file.write(_pem(identity))
        file.flush()
        context.load_cert_chain(file.name)


def _make_authority() -> Identity:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("Decaf's authority on this machine")
    builder = _builder(name, name, key, _AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    return Identity(key, _signed(builder, key, key))


def _issue(authority: Identity, names: Iterable[str]) -> Identity:
    """Returns a new identity of a server with these names and addresses."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_named("Decaf"), authority.certificate.subject, key, _SERVER_DAYS)
    alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
    builder = builder.add_extension(alternatives, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return Identity(key, _signed(builder, key, authority.key))


def _general(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _named(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.fromtimestamp(real_time(), UTC)
    return (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(signs: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(
    builder: x509.CertificateBuilder, key: EllipticCurvePrivateKey, by: EllipticCurvePrivateKey
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    return builder.add_extension(issuer, critical=False).sign(by, SHA256())
