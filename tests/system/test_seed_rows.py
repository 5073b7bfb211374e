"""Every numbered capability of this slice has its test."""

import re
from pathlib import Path
from typing import Final

REQUIRED: Final = set(range(1, 75))
_TEST: Final = re.compile(r"^async def test_s(\d+)_", re.MULTILINE)


def test_every_row_has_a_test_of_its_number() -> None:
    """One test and no more for each; a new file counts by being here."""
    sources = [path.read_text() for path in sorted(Path(__file__).parent.glob("test_seed_*.py"))]
    numbers = [int(number) for source in sources for number in _TEST.findall(source)]

    assert sorted(REQUIRED) == sorted(numbers)
