"""LibreOffice's Writer, from Debian: what somebody sees who opens a file."""

import shutil
import subprocess
from pathlib import Path


def read(file: Path) -> str:
    """The text of a document. Installs Writer first where it is missing."""
    if shutil.which("soffice") is None:
        install = Path(__file__).parents[1] / "deploy/debian-install"
        subprocess.run([install, "libreoffice-writer-nogui"], check=True, timeout=1200)
    office = shutil.which("soffice")
    assert office
    profile = f"-env:UserInstallation=file://{file.parent}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", file],
        cwd=file.parent,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return file.with_suffix(".txt").read_text("utf-8-sig")
