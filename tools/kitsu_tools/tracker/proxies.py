"""The proxy on the way to Kitsu: the operator's, else this machine's, unless NO_PROXY names Kitsu as curl reads it."""

import re
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from kitsu_tools.tracker.connection import Network, Proxy
from kitsu_tools.tracker.errors import NotConfigured

DEFAULT_PORTS = {"http": 80, "https": 443}


def proxy_for(host: str, network: Network) -> Proxy | None:
    """The proxy to ask `host` (an address) through, None when it is asked directly.

    Raises:
        NotConfigured: this machine names one that Kitsu cannot be asked through.
    """
    if network.proxy:
        return Proxy.of(network.proxy, "KITSU_PROXY")
    parts = urlsplit(host)
    named = getproxies()
    name, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    found = named.get(parts.scheme, "")
    # urllib's own rule knows what macOS and Windows have set, but neither ranges nor addresses in brackets.
    if not found or proxy_bypass(name) or in_no_proxy(name, port, named.get("no", "")):
        return None
    source = f"{parts.scheme.upper()}_PROXY or this machine's settings"
    try:
        proxy = Proxy.of(found if "://" in found else f"http://{found}", source)
    except ValueError as error:
        raise NotConfigured(
            f"Of {source}: {error}. Write http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128 "
            "with %2F, %3F, %23 and %40 for / ? # and @ in the password."
        ) from None
    if not proxy.usable:
        raise NotConfigured(
            f"Kitsu can be asked through http and https proxies only, not through {proxy}. Set "
            "KITSU_PROXY to one of these, or NO_PROXY to Kitsu's host."
        )
    return proxy


def in_no_proxy(host: str, port: int, no_proxy: str) -> bool:
    """Whether NO_PROXY holds the host: by name with all names below it, by address, by range, or `*` for every host.

    An entry with a port counts for that port alone. No name is resolved, as curl (8) resolves none.
    """
    host = host.rstrip(".").casefold()
    for entry in re.split(r"[\s,]+", no_proxy.casefold()):
        wanted, colon, its_port = entry.rpartition(":")
        if not colon or not its_port.isdecimal() or (":" in wanted and not wanted.endswith("]")):
            wanted, its_port = entry, ""
        if (not its_port or int(its_port) == port) and _matches(host, wanted):
            return True
    return False


def _matches(host: str, wanted: str) -> bool:
    if wanted == "*":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        name = wanted.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    try:
        return address in ip_network(wanted.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False
