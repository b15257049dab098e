"""A study like mem-gallery, of two tiny topics: its own files, and the bundled program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conftest import ROOT

STUDIES = ROOT / "studies" / "mem_gallery"
TASK = """
from studies.mem_gallery.{module} import {base}


class Tiny({base}):
    topics = {topics!r}
"""


def put(folder: Path, topics: Mapping[str, Any], *, like: str = "study.toml") -> Path:
    """Write a study's file, its task and the data; its path. The data folder is folder/"data".

    topics: {name: content}; the first is searched on, the others are sealed.
    """
    data = folder / "data" / "mem-gallery"
    data.mkdir(parents=True)
    files = []
    for name, content in topics.items():
        text = json.dumps(content)
        (data / f"{name}.json").write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        files.append(f'[[data.files]]\nname = "{name}.json"\nurl = ""\nsha256 = "{digest}"\n')
    base = (
        ("pictures.task", "WithPictures") if like.startswith("pictures") else ("task", "MemGallery")
    )
    made = TASK.format(module=base[0], base=base[1], topics=(*topics,))
    (folder / "study").mkdir()
    (folder / "study" / "task.py").write_text(made)
    first, *rest = topics
    study = folder / "study" / "study.toml"
    study.write_text(
        f'extends = "{STUDIES / like}"\nname = "tiny-gallery"\n'
        f'[task]\nclass = "task.py:Tiny"\n'
        f"[splits]\nsearch = {json.dumps([first])}\ntest = {json.dumps(rest)}\n"
        f'[data]\nfolder = "mem-gallery"\n{"".join(files)}'
    )
    return study
