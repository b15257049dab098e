"""NLTK's Porter stemmer without the rest of NLTK, whose import takes a second.

`import nltk` loads scikit-learn, scipy.stats and pandas, for classifiers that nobody here asks for.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGES = ("nltk", "nltk.stem")


def porter_stemmer() -> Any:
    """A new PorterStemmer; its `stem(word)` is in the mode of NLTK's own extensions."""
    if "nltk" not in sys.modules:
        try:
            with _hollow():
                return importlib.import_module("nltk.stem.porter").PorterStemmer()
        except ImportError:  # the file needs more of its package than it did: take all of it
            pass
    return importlib.import_module("nltk.stem.porter").PorterStemmer()


@contextmanager
def _hollow() -> Iterator[None]:
    """Make packages hollow for a while: their folders count, and nothing that they import.

    Nothing of it stays: who imports nltk later gets all of it.
    """
    root = importlib.util.find_spec("nltk")
    if root is None or not root.submodule_search_locations:
        raise ImportError("nltk is not installed as a package")
    folder = Path(root.submodule_search_locations[0])
    try:
        for name in PACKAGES:
            package = ModuleType(name)
            package.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
            sys.modules[name] = package
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
            del sys.modules[name]
