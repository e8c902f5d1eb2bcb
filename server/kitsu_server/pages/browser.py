"""The person's browser, if this machine has one that shows a page before their eyes."""

import os
import webbrowser

IN_A_TERMINAL = {"www-browser", "links", "elinks", "lynx", "w3m"}
"""What `webbrowser` falls back on where there is no screen: it would have the host's terminal, or none."""


def has_browser() -> bool:
    """Whether a page can be opened; found out by programs that take a moment, so not for the event loop."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    name = str(getattr(browser, "name", ""))
    return os.path.basename(name) not in IN_A_TERMINAL  # noqa: PTH119  a command, not a path


def opened(address: str) -> bool:
    """Open an address there. What is started does not get hold of the transport's stdin and stdout (mcp 2.3.0)."""
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False
