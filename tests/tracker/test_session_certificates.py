"""Why no secure connection stands, in words, and that a studio's own certificates are taken as studios make them."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kitsu_tools.tracker.errors import KitsuError, Unreachable
from kitsu_tools.tracker.kitsu import Kitsu
from support.client import settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from pathlib import Path

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
OLD = (NOW - 9 * DAY, NOW - 2 * DAY)
LATER = (NOW + 2 * DAY, NOW + 9 * DAY)
TODAY = (NOW - 2 * DAY, NOW + 2 * DAY)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def made(
    name: str,
    by: Pair | None = None,
    *,
    names: tuple[str, ...] = (),
    dates: tuple[datetime, datetime] = TODAY,
    key: Key | None = None,
) -> Pair:
    """A certificate as `openssl` makes them by hand: without key identifiers and usages, an authority without names."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
    )
    if names:
        numeric = [one for one in names if one[0].isdecimal()]
        named = [one for one in names if one not in numeric]
        held = [*(x509.IPAddress(ip_address(one)) for one in numeric), *map(x509.DNSName, named)]
        building = building.add_extension(x509.SubjectAlternativeName(held), critical=False)
    else:
        building = building.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return Pair(building.sign(by.key if by else key, hashes.SHA256()), key)


def showing(folder: Path, shown: Pair, ciphers: str = "DEFAULT") -> ssl.SSLContext:
    """TLS of a server with this certificate, which is written to the folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = folder / "server.pem"
    file.write_bytes(shown.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + shown.pem)
    context.set_ciphers(ciphers)
    context.load_cert_chain(file)
    return context


@contextmanager
def serving(folder: Path, shown: Pair, ciphers: str = "DEFAULT", **of_tls: object) -> Generator[str]:
    """A server behind TLS that answers every request with `[]`, in a thread of its own: asyncio's sends no alerts."""
    context = showing(folder, shown, ciphers)
    for name, value in of_tls.items():
        setattr(context, name, value)

    def answer() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as told:
                if told.recv(65536):
                    told.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"https://localhost:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@asynccontextmanager
async def connected_to(host: str, bundle: Path | None) -> AsyncGenerator[Kitsu]:
    chosen = settings(KITSU_HOST=host, KITSU_BOT_TOKEN="x", KITSU_CA_BUNDLE=str(bundle or ""))
    kitsu = Kitsu(chosen.studio, chosen.caller)
    try:
        yield kitsu
    finally:
        await kitsu.close()


async def refusal(host: str, bundle: Path | None = None) -> str:
    """What a read is told; a write never left."""
    async with connected_to(host, bundle) as kitsu:
        with pytest.raises(Unreachable) as unsent:
            await kitsu.session.write("POST", "data/tasks", {}, 201)
        assert not unsent.value.left
    text = str(unsent.value)
    assert text.startswith(f"No answer from Kitsu at {host}/api: ")
    return text.partition("/api: ")[2]


AUTHORITY = made("Studio CA")
GOOD = made("kitsu", AUTHORITY, names=("localhost", "127.0.0.1"))
SELF = made("localhost", names=("localhost",))
BETWEEN = made("Studio CA of Kitsu", AUTHORITY)
OLD_AUTHORITY = made("Old CA", dates=OLD)
CASES = {
    "expired": (
        made("kitsu", AUTHORITY, names=("localhost",), dates=OLD),
        f"its certificate expired on {OLD[1]:%Y-%m-%d %H:%M} UTC; have it renewed, or set this machine's clock right.",
        f"its certificate expired on {OLD[1]:%Y-%m-%d %H:%M} UTC; have it renewed, or set this machine's clock right.",
    ),
    "early": (
        made("kitsu", AUTHORITY, names=("localhost",), dates=LATER),
        f"its certificate is valid only from {LATER[0]:%Y-%m-%d %H:%M} UTC on; see whether this machine's clock is",
        f"its certificate is valid only from {LATER[0]:%Y-%m-%d %H:%M} UTC on; see whether this machine's clock is",
    ),
    "another name": (
        made("kitsu", AUTHORITY, names=("kitsu.studio.lan", "10.1.2.3")),
        "its certificate is for another name (kitsu.studio.lan, 10.1.2.3); check KITSU_HOST, or have one made for",
        "its certificate is for another name (kitsu.studio.lan, 10.1.2.3); check KITSU_HOST, or have one made for",
    ),
    "signed by itself": (
        SELF,
        "it signed its certificate itself; set KITSU_CA_BUNDLE to a file with that certificate.",
        "it signed its certificate itself, and KITSU_CA_BUNDLE, {bundle}, does not hold it.",
    ),
    "another authority": (
        made("kitsu", made("Other CA"), names=("localhost",)),
        "the authority of its certificate (CN=Other CA) is not trusted here; set KITSU_CA_BUNDLE to the studio's CA f",
        "the authority of its certificate (CN=Other CA) is not in KITSU_CA_BUNDLE, {bundle}; add it, or unset",
    ),
    "names on several lines": (
        made("kitsu", made(f"Studio\n✓ {'CA' * 20}"), names=("localhost",)),
        f"the authority of its certificate (CN=Studio ✓ {'CA' * 20}) is not trusted here; set KITSU_CA_BUNDLE to the s",
        f"the authority of its certificate (CN=Studio ✓ {'CA' * 20}) is not in KITSU_CA_BUNDLE, {{bundle}}; add it, or",
    ),
    "a long name on several lines": (
        made("kitsu", AUTHORITY, names=(f"k\n{'s.' * 100}lan",)),
        f"its certificate is for another name (k {('s.' * 100)[:78]}); check KITSU_HOST",
        f"its certificate is for another name (k {('s.' * 100)[:78]}); check KITSU_HOST",
    ),
    "an expired authority": (
        made("kitsu", OLD_AUTHORITY, names=("localhost",)),
        "the authority of its certificate (CN=Old CA) is not trusted here",
        "an authority of its certificate is out of date (certificate has expired); have it renewed",
    ),
    "a weak key": (
        made("kitsu", AUTHORITY, names=("localhost",), key=rsa.generate_private_key(65537, 1024)),
        "its certificate is too weak for this machine (EE certificate key too weak); have a new one made.",
        "its certificate is too weak for this machine (EE certificate key too weak); have a new one made.",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_certificate_that_is_not_taken_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    shown, without, within = CASES[case]
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(AUTHORITY.pem + OLD_AUTHORITY.pem)
    with serving(tmp_path, shown, "DEFAULT:@SECLEVEL=0") as host:
        if sys.platform == "linux":  # where a variable decides what the machine trusts
            monkeypatch.setenv("SSL_CERT_FILE", str(bundle if within == without else tmp_path / "none"))
            assert (await refusal(host)).startswith(without)
        assert (await refusal(host, bundle)).startswith(within.format(bundle=bundle))


@pytest.mark.parametrize(
    ("shown", "held"),
    [(GOOD, AUTHORITY), (SELF, SELF), (GOOD, GOOD), (made("kitsu", BETWEEN, names=("localhost",)), BETWEEN)],
    ids=["an authority without identifiers", "signed by itself", "the certificate alone", "an authority in between"],
)
async def test_what_a_bundle_holds_is_trusted(tmp_path: Path, shown: Pair, held: Pair) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(held.pem)
    with serving(tmp_path, shown) as host:
        async with connected_to(host, bundle) as kitsu:
            assert await kitsu.session.read("data/projects/open") == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
async def test_a_handshake_that_fails_for_another_reason_is_told_so(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(AUTHORITY.pem)
    old = {"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1_1}
    with serving(tmp_path, GOOD, "ALL:@SECLEVEL=0", **old) as host:
        assert (await refusal(host, bundle)).startswith(
            "it and this machine share no version of TLS; it must offer 1.2"
        )
    with serving(tmp_path, GOOD, verify_mode=ssl.CERT_REQUIRED, maximum_version=ssl.TLSVersion.TLSv1_2) as host:
        text = await refusal(host, bundle)
    assert text == (
        "it and this machine share no cipher, or it asks for a certificate of this machine, which cannot be given."
    )

    def answer() -> None:
        with listening.accept()[0] as told:
            told.recv(1)
            told.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer)
        thread.start()
        text = await refusal(f"https://localhost:{listening.getsockname()[1]}")
        thread.join()
    assert text.startswith("it does not speak TLS there; check KITSU_HOST: is it http, or another port.")


async def test_a_bundle_without_a_certificate_is_named(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("no certificate")
    async with connected_to("https://localhost:9", bundle) as kitsu:
        with pytest.raises(KitsuError) as refused:
            await kitsu.session.read("data/projects/open")
    assert str(refused.value) == (
        f"Cannot use the certificates in {bundle}: it holds no certificate in PEM form. Check KITSU_CA_BUNDLE."
    )
