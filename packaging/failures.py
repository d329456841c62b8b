"""Why a step of the set-up failed, with the way out where it is known."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from steps import StepError

UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|connection broken"
    r"|Network is unreachable|Could not fetch URL"
)
# a proxy that pip's own libraries cannot use: the first for want of a package, which they could only get through it
PROXY_KIND = re.compile(r"Missing dependencies for (SOCKS) support|Proxy URL had unsupported scheme (\S+),")
ERROR = re.compile(r"error: |E: |[\w.]*(Error|Exception)\b", re.IGNORECASE)
CHATTER = re.compile(r"\s*(WARNING|\[notice\]|note: |hint: |error: (metadata-generation|subprocess-exited))")
FULL = re.compile(r"No space left on device|Errno 28|not enough space on the disk", re.IGNORECASE)


def explained(error: StepError) -> str:
    """Why a step failed, with the way out where it is known, and its last words."""
    text = "\n".join(error.lines)
    if FULL.search(text):
        reason = "the disk is full; make room there, then start again"
    elif PROXY_KIND.search(text):
        reason = of_proxy(text)
    elif UNREACHABLE.search(text):
        reason = "the package index could not be reached; check the network or the proxy, then start again"
    else:
        reason = f"it ended with {error.code}; put right what it says, then start again"
    return "\n  ".join([reason, *last_words(error.lines)])


def of_proxy(text: str) -> str:
    """What to do about a proxy of a kind that pip cannot use. Its address is not said: it may hold a password."""
    kind = next(filter(None, PROXY_KIND.search(text).groups()))
    where = " and ".join(name for name, address in sorted(os.environ.items()) if is_unusable_proxy(name, address))
    return (
        f"the proxy in {where or 'the settings of pip'} is of the kind {kind}, which pip cannot use; name an http "
        "proxy there, or none, then start again (a program such as proxychains can lead this command through others)"
    )


def is_unusable_proxy(name: str, address: str) -> bool:
    """Whether a variable names a proxy that is spoken to neither in http nor in https."""
    kind, there, _ = address.partition("://")
    return name.lower().endswith("_proxy") and bool(there) and kind.lower() not in ("http", "https")


def last_words(lines: Sequence[str]) -> list[str]:
    """The last few lines that mean something: errors if there are any."""
    told = [line.strip() for line in lines if line.strip() and not CHATTER.match(line)]
    return ([line for line in told if ERROR.match(line)] or told)[-3:]
