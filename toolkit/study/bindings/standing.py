"""Values of bound parameters as they stand in a program that an edit may have changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import PatchError
from ...patches.pristine import Pristine
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

    def after(
        self, patch: str, pristine: Pristine, others: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """{parameter: value} of those whose place is there after a patch and holds a plain value.

        Empty where nothing is bound, or where the patch does not apply. others: patches that are
        put in as well, as `Pristine.composed` takes them.
        """
        if not self.bindings:
            return {}
        try:
            sources = pristine.composed(patch, others or {})
        except PatchError:
            return {}
        edited = {path: text.encode(errors="replace") for path, text in sources.items()}
        files, found = {**self._kept, **edited}, {}
        for name, binding in self.bindings.items():
            with contextlib.suppress(Gone):
                found[name] = binding.default(files)
        return found
