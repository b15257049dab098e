"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.atomic import replacing


def test_a_file_is_what_it_was_until_the_block_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(b"old")
    with replacing(path) as sink:
        sink.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_block_that_raises_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="half way"), replacing(path) as sink:
        sink.write(b"ne")
        raise ValueError("half way")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["table.txt"]
