"""What files people may give each other: known by what is in them, not by what they are called.
Pure."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping

from visio.texts import cleaned


def is_taken(name: str, content: bytes) -> bool:
    """Whether it is of a kind that opens no program, and is what its name says."""
    looks = _KINDS.get(name.rpartition(".")[2].lower())
    return looks is not None and "." in name and looks(content)


def safe_name(name: str) -> str:
    """The name without a folder, without what file systems refuse, or hide."""
    plain = re.sub(r'[<>:"|?*\n\t]', "_", re.split(r"[/\\]", cleaned(name))[-1]).strip(" .")
    stem, dot, end = plain.rpartition(".")
    return f"{stem[: _LONGEST - len(end)]}{dot}{end}" if len(plain) > _LONGEST else plain


def _begins(*signs: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signs)


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0b\x0e-\x1f]", text)


def _office(folder: str) -> Callable[[bytes], bool]:
    """Of Microsoft's formats those without macros."""

    def looks(content: bytes) -> bool:
        names = _entries(content)
        inside = {"[Content_Types].xml", f"{folder}/"} <= {*names, *(_top(one) for one in names)}
        return inside and not any("vba" in name.lower() for name in names)

    return looks


def _open_document(kind: str) -> Callable[[bytes], bool]:
    """They say what they are in their first bytes (ODF 1.3, part 2, §3.3); none with macros."""
    said = f"mimetypeapplication/vnd.oasis.opendocument.{kind}PK".encode()

    def looks(content: bytes) -> bool:
        names = _entries(content)
        return content[30:].startswith(said) and not {"Basic/", "Scripts/"} & set(map(_top, names))

    return looks


def _top(name: str) -> str:
    return f"{name.partition('/')[0]}/"


def _entries(content: bytes) -> list[str]:
    """The names in a ZIP archive; none of what is none, or has a list too long to look at."""
    at = content.rfind(b"PK\x05\x06", -_LONGEST_END)
    if not content.startswith(b"PK\x03\x04") or at < 0 or len(content) < at + 22:
        return []
    (size,) = struct.unpack_from("<I", content, at + 12)
    if size > _LONGEST_LIST or content[at - 20 : at - 16] == b"PK\x06\x07":
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return []


LARGEST = 8 * 1024 * 1024
"""Bytes of a file. It is in memory, and in a row of the database, as a whole."""
_KINDS: Mapping[str, Callable[[bytes], bool]] = {
    "pdf": _begins(b"%PDF-"),
    "png": _begins(b"\x89PNG\r\n\x1a\n"),
    "jpg": _begins(b"\xff\xd8\xff"),
    "jpeg": _begins(b"\xff\xd8\xff"),
    "gif": _begins(b"GIF87a", b"GIF89a"),
    "webp": _is_webp,
    "txt": _is_text,
    "md": _is_text,
    "csv": _is_text,
    "docx": _office("word"),
    "xlsx": _office("xl"),
    "pptx": _office("ppt"),
    "odt": _open_document("text"),
    "ods": _open_document("spreadsheet"),
    "odp": _open_document("presentation"),
}
# Characters of a name, which file systems limit in bytes.
_LONGEST = 80
# Bytes of an archive's last record, with the longest comment.
_LONGEST_END = 22 + 65_535
# Bytes of an archive's list: thousands of entries; more takes long to read.
_LONGEST_LIST = 512 * 1024
