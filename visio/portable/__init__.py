"""An instance in open formats, out and in: `visio admin export` and `import`.

What lies in an export, and what each part means, is told in docs/export.md. It is one moment of a
database that may be in use, in clear; `columns` says what becomes of each table and column.
"""

from visio.portable.entering import enter
from visio.portable.leaving import leave
from visio.portable.places import reading, writing
from visio.portable.readable import Calendar

__all__ = ["Calendar", "enter", "leave", "reading", "writing"]
