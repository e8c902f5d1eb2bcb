"""TLS on the way to Kitsu: which certificates are trusted, and why a handshake failed, in words."""

import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import truststore

from kitsu_tools.tracker.connection import why_no_file
from kitsu_tools.tracker.errors import MOST_QUOTED, NotConfigured, listed

MOST_NAMES = 4
_KINDS = {
    "dates": re.compile("expired|not yet valid|validity period"),
    "name": re.compile("mismatch|not match"),
    "weak": re.compile("weak|too small"),
    "revoked": re.compile("revoked"),
    "self-signed": re.compile("self.signed certificate$"),
    "unknown issuer": re.compile("issuer|self.signed|trust|first certificate"),
}
"""Kinds of refusal by the words of OpenSSL 3 and, as documented, of macOS and Windows, which truststore asks there."""
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL"}
_NO_VERSION = {
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "NO_PROTOCOLS_AVAILABLE",
    "VERSION_TOO_LOW",
    "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",  # of TLS 1.1, where a distribution's OpenSSL still tries that
}


def trusted(ca_bundle: Path | None) -> ssl.SSLContext:
    """What trusts the certificates of this file, else those that this machine trusts.

    Made by hand: `ssl.create_default_context` checks a file more strictly than truststore checks the system's
    certificates since Python 3.13, and refuses authorities as studios make them. As curl does, it also takes an
    authority in between or the server's own certificate for a root when the file holds it.

    Raises:
        NotConfigured: the file cannot be read or holds no certificate.
    """
    if ca_bundle is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        why = why_no_file(ca_bundle)
        if not why:
            context.load_verify_locations(cafile=str(ca_bundle))
    except OSError as error:
        why = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
    if why:
        raise NotConfigured(f"Cannot use the certificates in {ca_bundle}: {why}. Check KITSU_CA_BUNDLE.")
    return context


def why_refused(error: ssl.SSLError, address: tuple[str, int] | None, seconds: float, ca_bundle: Path | None) -> str:
    """Why a handshake failed and what to do, as the end of a sentence about the server.

    Blocks up to `seconds` for a second handshake, which sends nothing and shows what stands in the certificate. Without
    an `address`, when a proxy is in between, there is none.
    """
    if not isinstance(error, ssl.SSLCertVerificationError):
        return _no_handshake(error.reason or str(error))
    said = error.verify_message or str(error)
    kind = next((kind for kind, words in _KINDS.items() if words.search(said.casefold())), "")
    shown = _shown(address, seconds) if address else _Shown()
    held = f"KITSU_CA_BUNDLE, {ca_bundle}" if ca_bundle else ""
    match kind:
        case "dates":
            return _out_of_date(said, shown)
        case "name":
            names = f" ({listed(shown.names, MOST_NAMES)})" if shown.names else ""
            return f"its certificate is for another name{names}; check KITSU_HOST, or have one made for this name"
        case "weak":
            return f"its certificate is too weak for this machine ({said}); have a new one made"
        case "revoked":
            return "its certificate was revoked; have a new one made"
        case "self-signed":
            if held:
                return f"it signed its certificate itself, and {held}, does not hold it"
            return "it signed its certificate itself; set KITSU_CA_BUNDLE to a file with that certificate"
        case "unknown issuer":
            who = f"the authority of its certificate{f' ({shown.issuer})' if shown.issuer else ''}"
            if held:
                return f"{who} is not in {held}; add it, or unset KITSU_CA_BUNDLE to trust what this machine trusts"
            return f"{who} is not trusted here; set KITSU_CA_BUNDLE to the studio's CA file"
        case _:
            return f"its certificate is not accepted ({said})"


@dataclass(frozen=True, slots=True)
class _Shown:
    """What stands in the certificate that a server shows to anybody, as far as it is known."""

    start: datetime | None = None
    end: datetime | None = None
    names: tuple[str, ...] = ()
    issuer: str = ""


def _shown(address: tuple[str, int], seconds: float) -> _Shown:
    from cryptography import x509

    try:
        seen = x509.load_pem_x509_certificate(ssl.get_server_certificate(address, timeout=seconds).encode())
        names: list[str] = []
        with suppress(x509.ExtensionNotFound):
            held = seen.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            names += [*held.get_values_for_type(x509.DNSName), *map(str, held.get_values_for_type(x509.IPAddress))]
        issuer, *names = [" ".join(one.split())[:MOST_QUOTED] for one in (seen.issuer.rfc4514_string(), *names)]
        return _Shown(seen.not_valid_before_utc, seen.not_valid_after_utc, tuple(names), issuer)
    except Exception:  # noqa: BLE001  anybody's certificate: whatever reading it meets, it only would have told more
        return _Shown()


def _out_of_date(said: str, shown: _Shown) -> str:
    now = datetime.now(UTC)
    if shown.start and now < shown.start:
        return (
            f"its certificate is valid only from {_minute(shown.start)} on; see whether this machine's clock is right"
        )
    if shown.end and now > shown.end:
        return f"its certificate expired on {_minute(shown.end)}; have it renewed, or set this machine's clock right"
    whose = "its certificate, or an authority of it," if not shown.end else "an authority of its certificate"
    return f"{whose} is out of date ({said}); have it renewed, and KITSU_CA_BUNDLE too where it holds that authority"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _no_handshake(reason: str) -> str:
    if reason in _NO_TLS:
        return "it does not speak TLS there; check KITSU_HOST: is it http, or another port"
    if reason in _NO_VERSION:
        return "it and this machine share no version of TLS; it must offer 1.2 or newer"
    if "HANDSHAKE_FAILURE" in reason:
        return (
            "it and this machine share no cipher, or it asks for a certificate of this machine, which cannot be given"
        )
    return f"no secure connection could be made ({reason})"
