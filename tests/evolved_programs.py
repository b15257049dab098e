"""A program and its evaluators in the shapes that OpenEvolve and ShinkaEvolve have them."""

PROGRAM = '''
"""Circles in a unit square."""
import numpy as np


# EVOLVE-BLOCK-START
def construct_packing():
    n = 4
    centers = np.array([[x, y] for x in (0.25, 0.75) for y in (0.25, 0.75)])
    radii = np.full(n, 0.2)
    return centers, radii, float(np.sum(radii))
# EVOLVE-BLOCK-END


def run_packing():
    """Run the packing."""
    centers, radii, sum_radii = construct_packing()
    return centers, radii, sum_radii
'''
CHECKS = """
import numpy as np

TARGET = 1.0


def validate_packing(centers, radii):
    assert isinstance(centers, np.ndarray) and centers.shape == (4, 2), type(centers)
    for n in range(4):
        x, y = centers[n]
        if min(x - radii[n], y - radii[n], 1 - x - radii[n], 1 - y - radii[n]) < -1e-9:
            return False
        for m in range(n):
            if np.sqrt(np.sum((centers[n] - centers[m]) ** 2)) < radii[n] + radii[m] - 1e-9:
                return False
    return True


def scored(centers, radii, sum_radii):
    centers, radii = np.array(centers), np.array(radii)
    if not validate_packing(centers, radii):
        return {"combined_score": 0.0, "error": "the packing is not valid"}
    total = float(np.sum(radii))
    if abs(total - sum_radii) > 1e-6:
        print(f"Warning: reported {sum_radii}, and the sum is {total}")
    return {"sum_radii": total, "target_ratio": total / TARGET, "combined_score": total / TARGET}
"""
IMPORTING = (
    CHECKS
    + """

import importlib.util


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return scored(*program.run_packing())
"""
)
SUBPROCESS = (
    CHECKS
    + '''

import os
import pickle
import subprocess
import sys
import tempfile


def run_with_timeout(program_path, timeout_seconds=20):
    with tempfile.NamedTemporaryFile(suffix=".py", delete=False) as temp_file:
        script = f"""
import sys, os, pickle, traceback
sys.path.insert(0, os.path.dirname({program_path!r}))
try:
    spec = __import__("importlib.util").util.spec_from_file_location("program", {program_path!r})
    program = __import__("importlib.util").util.module_from_spec(spec)
    spec.loader.exec_module(program)
    centers, radii, sum_radii = program.run_packing()
    results = {{"centers": centers, "radii": radii, "sum_radii": sum_radii}}
except Exception as e:
    traceback.print_exc()
    results = {{"error": str(e)}}
with open({temp_file.name + ".results"!r}, "wb") as f:
    pickle.dump(results, f)
"""
        temp_file.write(script.encode())
    process = subprocess.Popen(
        [sys.executable, temp_file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.communicate(timeout=timeout_seconds)
    with open(temp_file.name + ".results", "rb") as f:
        results = pickle.load(f)
    os.unlink(temp_file.name)
    if "error" in results:
        raise RuntimeError(f"Program execution failed: {results['error']}")
    return results["centers"], results["radii"], results["sum_radii"]


def evaluate(program_path):
    return scored(*run_with_timeout(program_path))
'''
)
SHINKA = (
    CHECKS
    + """

import importlib.util
import json
import os


def main(program_path, results_dir):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    found = scored(*program.run_packing())
    correct = "error" not in found
    with open(os.path.join(results_dir, "correct.json"), "w") as file:
        json.dump({"correct": correct, "error": found.get("error")}, file)
    with open(os.path.join(results_dir, "metrics.json"), "w") as file:
        json.dump(found, file)
"""
)
RESULT = (
    IMPORTING
    + """

class EvaluationResult:
    def __init__(self, metrics, artifacts):
        self.metrics, self.artifacts = metrics, artifacts


def evaluate_result(program_path):
    return EvaluationResult(evaluate(program_path), {"note": "text"})
"""
)
STUDY = """
name = "packing"

[code]
path = "."
editable = ["initial_program.py"]

[task]
kind = "evaluator"
file = "evaluator.py"
program = "initial_program.py"

[limits]
memory_mb = 1024
"""
JUDGED = STUDY.replace(
    'program = "initial_program.py"\n', 'program = "initial_program.py"\ncalls = ["run_packing"]\n'
)
