"""Study files with a line of their own."""

from pathlib import Path


def with_line(folder: Path, name: str, line: str) -> Path:
    """The study with the line of one key replaced."""
    file = folder / "study.toml"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(line if one.startswith(f"{name} =") else one for one in lines) + "\n")
    return folder
