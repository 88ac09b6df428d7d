"""Long text for a link: deflated, as letters that no address needs to encode. It knows nothing of what the text says.

z1.eJwr…    "z1.", then base64url of the zlib stream of the text in UTF-8
"""

import base64
import binascii
import re
import zlib

LONGEST_LINK = 4000  # characters, written and read: browsers and chat programs cut longer addresses
LONGEST_TEXT = 200_000  # characters of a text, so that no link unfolds into more
READABLE = 400  # characters up to which a text stays as it is

COMPACT = "z1."
DAMAGED = "it is damaged: characters are missing or wrong"
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")


def shorten(text: str) -> str:
    """The text itself while it is short, else its compact form. It may be longer than `LONGEST_LINK`."""
    if len(text) <= READABLE and not text.startswith(COMPACT):
        return text
    return COMPACT + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def expand(link: str) -> str:
    """The inverse of `shorten`. Raises ValueError for a damaged or a far too long link."""
    if len(link) > LONGEST_LINK:
        raise ValueError(f"it has {len(link):,} characters, at most {LONGEST_LINK:,} are read")
    if not link.startswith(COMPACT):
        return link
    letters = link.removeprefix(COMPACT)
    if not _LETTERS.fullmatch(letters):
        raise ValueError(DAMAGED)
    try:
        stream = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(stream, 4 * LONGEST_TEXT)  # UTF-8: at most 4 bytes each
        text = unpacked.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(DAMAGED) from error
    if len(text) > LONGEST_TEXT or unpacker.unconsumed_tail:
        raise ValueError(f"it unfolds into more than {LONGEST_TEXT:,} characters")
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError(DAMAGED)
    return text
