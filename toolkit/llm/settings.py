"""Settings of a server in the environment, checked before anything is spent.

An empty variable counts as unset. Values are those that the openai package and the HTTP client
below it read; a value that cannot work would otherwise end in their traceback, or, after minutes
of retries, in a "connection error" that names no variable. No password or key is ever shown.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from .provider import LlmError

DEFAULT_ADDRESS = "https://api.openai.com/v1"
ADDRESS, KEY, EXTRA = "OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_CUSTOM_HEADERS"
IN_HEADERS = (KEY, "OPENAI_ORG_ID", "OPENAI_PROJECT_ID")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
SCHEMES, PROXY_SCHEMES = ("http", "https"), ("http", "https", "socks5", "socks5h")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def value(name: str) -> str:
    return os.environ.get(name, "")


def check() -> None:
    """Raises LlmError for the first variable that cannot work, with what to do about it."""
    if flaw := address_flaw(value(ADDRESS)):
        raise _refusal(
            f"{ADDRESS}={hidden(value(ADDRESS))!r}", flaw, "write it like http://localhost:8000/v1"
        )
    if not value(KEY) and not value(ADDRESS):
        raise LlmError(
            f"{KEY} is not set; set it, or {ADDRESS} for a server of your own "
            f"(then any key will do: {KEY}=none)"
        )
    for name, flaw in _header_flaws():
        raise _refusal(name, flaw, "copy its value again")
    file = CERTIFICATES[0]
    if value(file) and not Path(value(file)).is_file():
        raise _refusal(f"{file}={value(file)!r}", "is no file", "name one that is there")
    used = route()
    if used and (flaw := proxy_flaw(proxies()[used])):
        advice = f"correct it, or name the host of {hidden(address())} in NO_PROXY"
        raise _refusal(shown(used), flaw, advice)


def _refusal(what: str, flaw: str, advice: str) -> LlmError:
    return LlmError(f"{what} cannot be used: it {flaw}; {advice}, or unset it")


def address() -> str:
    return value(ADDRESS) or DEFAULT_ADDRESS


def hidden(text: str) -> str:
    """An address without the name and password that it may hold."""
    return re.sub(r"^([a-z0-9+.-]+://)?.*@", r"\1…@", text, flags=re.DOTALL | re.IGNORECASE)


def address_flaw(text: str) -> str:
    """Flaw of the address of an API; "" for none."""
    if not text:
        return ""
    if flaw := _url_flaw(text, SCHEMES):
        return flaw
    if "?" in text or "#" in text:
        return "holds a '?' or '#', and requests go to a path below it"
    if text.rstrip("/").endswith("/completions"):
        return "ends in /completions, which is added to it"
    return ""


def proxy_flaw(text: str) -> str:
    """Flaw of a proxy's address; "" for none. One without a scheme is an HTTP proxy."""
    if flaw := _url_flaw(text if "://" in text else f"http://{text}", PROXY_SCHEMES):
        return flaw
    if text.lower().startswith("socks5") and not importlib.util.find_spec("socksio"):
        return "is a SOCKS proxy, which needs another package: type `pip install socksio`"
    return ""


def _url_flaw(text: str, schemes: tuple[str, ...]) -> str:
    # before urlsplit, which drops line breaks without a word
    odd = next((char for char in text if char.isspace() or not char.isprintable()), None)
    if odd is not None:
        return f"holds the character {odd!r}"
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return "is not an address"
    if parts.scheme not in schemes or not parts.netloc:
        *most, last = (f"{scheme}://" for scheme in schemes)
        return f"does not begin with {', '.join(most)} or {last}"
    sign = _cut_at(text)
    if sign and (sign != "/" or schemes == PROXY_SCHEMES or not _port_fits(text)):
        return f"holds a {sign!r} in its name or password; there it is written {quote(sign, '')}"
    if not _port_fits(text):
        return "has a port that is not a number from 1 to 65535"
    try:
        host.encode("idna")
    except UnicodeError:
        host = ""
    return _host_flaw(text, host) if host else "names no host"


def _cut_at(text: str) -> str:
    """The sign of a password that ends what is read as the host: `/`, `?` or `#`, or empty."""
    rest = text.partition("://")[2].removeprefix(urlsplit(text).netloc)
    return rest[:1] if "@" in rest else ""


def _port_fits(text: str) -> bool:
    try:
        return urlsplit(text).port != 0
    except ValueError:
        return False


def _host_flaw(text: str, host: str) -> str:
    """Objection of the HTTP client itself to the address; it refuses hosts of its own choice."""
    from .openai import _HTTP

    for tried, flaw in (
        (f"http://[{host}]" if ":" in host else f"http://{host}",
         f"names the host {host!r}, which is none that can be"),
        (text, "is not an address"),
    ):  # fmt: skip
        try:
            _HTTP.URL(tried)
        except _HTTP.InvalidURL:
            return flaw
    return ""


def _header_flaws() -> Iterator[tuple[str, str]]:
    for name in IN_HEADERS:
        if flaw := _header_flaw(value(name)):
            yield name, flaw
    for line in value(EXTRA).split("\n"):
        name, colon, text = line.partition(":")
        if line.strip() and not (colon and _HEADER_NAME.fullmatch(name.strip())):
            yield EXTRA, "has a line that is not of the form Name: value"
        elif flaw := _header_flaw(text.strip()):
            yield EXTRA, flaw


def _header_flaw(text: str) -> str:
    if text != text.strip(" "):
        return "begins or ends with a space"
    odd = next((char for char in text if not (char.isascii() and char.isprintable())), None)
    return "" if odd is None else f"holds {odd!r}, which an HTTP header cannot carry"


def proxies() -> Mapping[str, str]:
    """{"http", "https" or "all": its proxy}, as the HTTP client below reads them."""
    found = urllib.request.getproxies()
    return {kind: found[kind] for kind in ("http", "https", "all") if found.get(kind)}


def shown(kind: str) -> str:
    """The variable that sets this kind of proxy, and its value; the lower case one counts first."""
    lower = f"{kind}_proxy"
    same = (name for name in os.environ if name.lower() == lower and value(name))
    name = lower if value(lower) else next(same)
    return f"{name}={hidden(proxies()[kind])!r}"


def route() -> str:
    """The kind of proxy that requests to the address go through, or empty."""
    parts, known = urlsplit(address()), proxies()
    kind = parts.scheme if parts.scheme in known else "all"
    return kind if kind in known and not _bypassed(parts.hostname or "") else ""


def _bypassed(host: str) -> bool:
    words = [word.strip() for word in urllib.request.getproxies().get("no", "").split(",")]
    return (
        "*" in words
        or bool(urllib.request.proxy_bypass(host))
        or any(_in_network(host, word.strip("[]")) for word in words)
    )


def _in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:  # a name, or an entry of NO_PROXY that is none
        return False
