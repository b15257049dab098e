"""The stemmer without the rest of NLTK."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
import toolkit
stem = toolkit.porter_stemmer().stem
print([stem(word) for word in "running flies generously dying sky".split()])
print([name for name in ("nltk", "nltk.stem", "nltk.stem.porter", "sklearn", "scipy", "pandas")
       if name in sys.modules])
"""


def test_a_stem_needs_no_library_for_machine_learning_and_leaves_no_half_of_nltk_behind() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    stems, loaded = done.stdout.splitlines()
    assert stems == "['run', 'fli', 'gener', 'die', 'sky']"
    assert loaded == "[]"


@pytest.mark.slow
def test_it_is_the_stemmer_of_the_whole_package() -> None:
    code = (
        "import toolkit, nltk.stem; s = toolkit.porter_stemmer();"
        "print(isinstance(s, nltk.stem.PorterStemmer))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"  # where all of it is loaded, nothing is loaded twice
