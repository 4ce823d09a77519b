import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio.provisioning.lines import LARGEST_FILE, MOST_LINES, Refused, Wanted, parse

ROOM = Wanted(2, "Conseil", "", "", "", 0, {})


def one(text: str) -> Wanted | Refused:
    (line,) = parse(text.encode())
    return line


def code(text: str) -> tuple[str, str]:
    line = one(text)
    assert isinstance(line, Refused)
    return line.column, line.code


def test_a_title_will_do() -> None:
    assert one("title\nConseil\n") == ROOM


def test_every_column_is_read_in_any_order() -> None:
    text = (
        "owner,members,administrators,title,slug,access,max_participants\r\n"
        "Ada@Example.org,bob@example.org eve@example.org,root@example.org,"
        '"Conseil, restreint",conseil-2026,Public,12\r\n'
    )
    roles = {
        "bob@example.org": "member",
        "eve@example.org": "member",
        "root@example.org": "administrator",
    }
    expected = Wanted(
        2, "Conseil, restreint", "conseil-2026", "ada@example.org", "public", 12, roles
    )
    assert one(text) == expected


@pytest.mark.parametrize(
    "data",
    [
        "title;slug\nRéunion;\n".encode(),
        "\ufefftitle,slug\nRéunion,\n".encode(),
        "title;slug\nRéunion;\n".encode("cp1252"),
        "title\r\n\r\n  \r\nRéunion".encode(),
        "TITLE\nRéunion\n".encode(),
        "title,slug\nRéunion\n".encode(),
    ],
    ids=["semicolons", "mark", "excel", "empty lines", "capitals", "short line"],
)
def test_files_are_read_as_spreadsheets_write_them(data: bytes) -> None:
    (line,) = parse(data)
    assert isinstance(line, Wanted)
    assert line.title == "Réunion"


def test_lines_are_numbered_as_editors_do() -> None:
    lines = parse(b'title,slug\n"two\nlines",\nx,UPPER\n')
    assert [line.line for line in lines] == [2, 4]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (",x-y-z,", ("title", "title_missing")),
        (f"{'x' * 201},,", ("title", "title_invalid")),
        ("a\u202eb,,", ("title", "title_invalid")),
        ("a\tb,,", ("title", "title_invalid")),
        ("x,UPPER,", ("slug", "slug_invalid")),
        ("x,../..,", ("slug", "slug_invalid")),
        ("x,account,", ("slug", "slug_invalid")),
        ("x,,secret", ("access", "access_invalid")),
        ("x,,public,more", ("", "too_many_cells")),
    ],
    ids=str,
)
def test_a_line_is_refused_with_its_column(line: str, expected: tuple[str, str]) -> None:
    assert code(f"title,slug,access\n{line}\n") == expected


@pytest.mark.parametrize("number", ["-1", "x", "10001", "1e3", "١", "9" * 30])
def test_a_number_is_refused(number: str) -> None:
    refused = ("max_participants", "number_invalid")
    assert code(f"title,max_participants\nx,{number}\n") == refused


@pytest.mark.parametrize("column", ["owner", "members", "administrators"])
@pytest.mark.parametrize("address", ["ada", "a@b@c", "ada@exаmple.org", "=1+1"])
def test_an_address_is_refused(column: str, address: str) -> None:
    assert code(f"title,{column}\nx,{address}\n") == (column, "address_invalid")


def test_a_line_names_a_hundred_people() -> None:
    people = " ".join(f"p{number}@example.org" for number in range(101))
    assert code(f"title,members\nx,{people}\n") == ("members", "too_many_members")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "no_header"),
        (b"slug\nx\n", "no_header"),
        (b"title,title\nx,y\n", "no_header"),
        (b"title,secret\nx,y\n", "unknown_column"),
        (b'title\n"x\n', "not_csv"),
        (b'title\n"x"y\n', "not_csv"),
        (b"title\x00\n", "not_text"),
        (b"title\n\x81\x8d\n", "not_text"),
        (b"title\n" + b"x\n" * (MOST_LINES + 1), "too_many_lines"),
        (b"title\n" + b"x" * LARGEST_FILE, "file_too_large"),
        (b"title\n" + b"x" * 200_000, "not_csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(data)
    assert refused.value.code == expected


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"title\n{text}".encode()))
def test_nothing_else_comes_of_any_file(data: bytes) -> None:
    try:
        lines = parse(data)
    except Refused:
        return
    assert all(isinstance(line, Wanted | Refused) for line in lines)
