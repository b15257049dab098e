"""Values of bound parameters as they stand in a program that an edit may have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .binding import Binding
from .place import Files, Gone


class Standing:
    """Reads values out of files. It holds the program's other files, and nothing of a study."""

    def __init__(
        self, bindings: Mapping[str, Binding], files: Files, may_edit: Callable[[str], bool]
    ) -> None:
        """files: of the unchanged program."""
        self.bindings = bindings
        self._kept = {path: text for path, text in files.items() if not may_edit(path)}

    def of_sources(self, sources: Mapping[str, str]) -> dict[str, Any]:
        """{parameter: value} in a program with these editable files."""
        if not self.bindings:
            return {}
        edited = {path: text.encode(errors="replace") for path, text in sources.items()}
        return self.of({**self._kept, **edited})

    def of(self, files: Files) -> dict[str, Any]:
        """{parameter: value} of those whose place is there and holds a plain value."""
        found = {}
        for name, binding in self.bindings.items():
            try:
                found[name] = binding.default(files)
            except Gone:
                continue
        return found
