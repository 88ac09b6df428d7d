"""Where this server is reached, as the start of every link that a class opens."""

from urllib.parse import urlsplit

import streamlit as st

LONGEST = 200  # characters
KEY = "teach_address"


def server_address() -> str:
    """The address in this browser, unless the teacher types the one that phones must use. Without / at the end."""
    found = found_address(st.context.url or "")
    typed = st.text_input(
        "Address of this server, as the class reaches it",
        found,
        key=KEY,
        persist_state="session",
        help="Phones need an address that they can reach: the name or number of this computer in "
        "the network of the room, and the app must listen there.",
    )
    address = typed.strip().rstrip("/")
    if not is_address(address):
        st.text("This is no address: it must look like http://192.168.1.20:8501")
        return found
    if is_only_here(address):
        st.markdown(
            ":material/wifi_off: This address works on **this computer only**. For other devices "
            "start the app with `--server.address 0.0.0.0` and type this computer's address above."
        )
    return address


def found_address(url: str) -> str:
    """The address that the browser shows, without the page; nothing if it shows none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}" if url else ""


def is_address(text: str) -> bool:
    """Whether a link can begin so: http or https, a host, perhaps a port and a folder, nothing else."""
    try:
        parts = urlsplit(text)
        has_host = bool(parts.hostname) and (parts.port or 1) > 0  # reading the port checks it
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(" \"'<>\\`?#@")
    return has_host and is_plain and parts.scheme in ("http", "https") and len(text) <= LONGEST


def is_only_here(address: str) -> bool:
    """Whether no other device can reach it."""
    host = urlsplit(address).hostname or ""
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")
