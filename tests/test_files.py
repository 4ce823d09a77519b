import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio.files import is_taken, safe_name


def archive(*names: str, first: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        if first:
            made.writestr("mimetype", f"application/vnd.oasis.opendocument.{first}")
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")
WRITER = archive("content.xml", first="text")
PDF, PNG = b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n\0"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ordre du jour.PDF", PDF),
        ("photo.png", PNG),
        ("photo.jpeg", b"\xff\xd8\xff\xe0"),
        ("photo.webp", b"RIFF\0\0\0\0WEBPVP8 "),
        ("notes.txt", "\ufeffÉté\r\n".encode()),
        ("liste.csv", b""),
        ("lettre.docx", WORD),
        ("lettre.odt", WRITER),
    ],
)
def test_what_people_work_with_is_taken(name: str, content: bytes) -> None:
    assert is_taken(name, content)


MACROS = archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pdf", PDF),
        ("agenda.pdf.exe", PDF),
        ("agenda.exe", b"MZ"),
        ("agenda.pdf", b"MZ\x90\0"),
        ("agenda.pdf", b"<script>boom()</script>"),
        ("photo.svg", b"<svg onload='boom()'/>"),
        ("page.html", b"<p>"),
        ("photo.png", b"GIF89a"),
        ("notes.txt", b"MZ\0\0"),
        ("notes.txt", b"\xff\xfe"),
        ("lettre.docm", WORD),
        ("lettre.docx", MACROS),
        ("lettre.docx", archive("evil.exe")),
        ("lettre.docx", b"PK\x03\x04"),
        ("lettre.docx", WORD[:-10]),
        ("lettre.docx", archive("[Content_Types].xml", "xl/workbook.xml")),
        ("lettre.odt", archive("content.xml", "Basic/Standard/Module1.xml", first="text")),
        ("lettre.odt", archive("content.xml", first="text-master")),
        ("lettre.odt", WORD),
        ("lettre.docx", archive("[Content_Types].xml", *(f"word/{n:09}" for n in range(10_000)))),
        ("archive.zip", WORD),
    ],
)
def test_what_is_something_else_is_not(name: str, content: bytes) -> None:
    assert not is_taken(name, content)


@given(st.sampled_from(["x.docx", "x.odt", "x.txt"]), st.binary(max_size=200))
def test_any_bytes_are_looked_at(name: str, content: bytes) -> None:
    is_taken(name, content)
    is_taken(name, WORD[:40] + content + WORD[-60:])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x.txt", "a_Set-Cookie_ x.txt"),
        ("\u202egpj.exe.txt", "gpj.exe.txt"),
        ('a"b<c>?.txt', "a_b_c__.txt"),
        (".bashrc", "bashrc"),
        ("été.pdf ", "été.pdf"),
        ("x" * 300 + ".pdf", "x" * 77 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    """T38."""
    assert safe_name(name) == safe
