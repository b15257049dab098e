"""Programs on a real card: written without one to run them on, and skipped where there is none."""

from __future__ import annotations

import os

import pytest
from card_jobs import TRY, script
from sandbox_jobs import job

from toolkit.evaluators import bundled, cards
from toolkit.jobs import Limits

MULTIPLY = """
import os, torch
one = torch.ones(1024, 1024, device="cuda")
found = [float((one @ one).sum()), torch.cuda.device_count()]
"""


@pytest.fixture
def gpu_place() -> dict[str, object]:
    """Settings of an evaluator that has a card, and an interpreter with torch."""
    if not cards.present():
        pytest.skip("this machine has no NVIDIA card")
    python = os.environ.get("TOOLKIT_GPU_PYTHON", "")
    if not python:
        pytest.importorskip("torch", reason="TOOLKIT_GPU_PYTHON names an interpreter with torch")
    return {"gpus": 1, "slots": 1, "python": python}


ROOMY = Limits(cpu_s=120, memory_mb=16384, output_mb=8, scratch_mb=1024, gpus=1)


@pytest.mark.gpu
@pytest.mark.timeout(300)
def test_a_function_multiplies_matrices_on_its_card(gpu_place: dict[str, object]) -> None:
    with bundled.local(**gpu_place) as evaluator:  # type: ignore[arg-type]
        assert evaluator.isolation == "confined"
        code = MULTIPLY + "\ndef run(x, p, services):\n    return found\n"
        found = evaluator.run(job(code, limits=ROOMY))
    assert found.values == [[1024.0**3, 1]], found.detail


@pytest.mark.gpu
@pytest.mark.timeout(300)
def test_a_script_multiplies_matrices_on_its_card(gpu_place: dict[str, object]) -> None:
    with bundled.local(**gpu_place, command=True) as evaluator:  # type: ignore[arg-type]
        assert evaluator.isolation == "command"
        found = evaluator.run(script(MULTIPLY + "print(found)\n", ROOMY))
    assert found.values is not None, found.detail
    assert found.values[0][0]["printed"].strip() == f"[{1024.0**3}, 1]"


@pytest.mark.gpu
@pytest.mark.timeout(300)
def test_a_program_on_a_card_has_no_network(gpu_place: dict[str, object]) -> None:
    code = (
        TRY
        + MULTIPLY.replace("found =", "made =")
        + "\ndef run(x, p, services):\n    return found\n"
    )
    with bundled.local(**gpu_place) as evaluator:  # type: ignore[arg-type]
        found = evaluator.run(job(code, limits=ROOMY))
    assert found.values is not None, found.detail
    assert [found.values[0][name] for name in ("internet", "datagrams", "connect")] == ["EPERM"] * 3
