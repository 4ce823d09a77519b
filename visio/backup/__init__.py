"""A copy of everything, encrypted, and back: `visio admin backup` and `restore`.

A backup is one file in the age format (age-encryption.org/v1) around a gzipped tar archive:
`header.json`, the keys' files, every table in parts of JSON lines in the order of their foreign
keys, and `manifest.json` with the number and SHA-256 of each. It is one consistent moment, taken
while the server runs, and does not depend on the kind of database.
"""

from visio.backup.archive import Found
from visio.backup.places import Place, place
from visio.backup.restoring import TakeKey, check, restore
from visio.backup.saving import save

__all__ = ["Found", "Place", "TakeKey", "check", "place", "restore", "save"]
