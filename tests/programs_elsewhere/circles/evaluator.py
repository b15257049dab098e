"""Evaluator for circle packing example (n=26)"""

import importlib.util
import time
import traceback

import numpy as np

TARGET_VALUE = 2.635  # AlphaEvolve result for n=26


def validate_packing(centers, radii):
    """True if all circles are inside the unit square and disjoint."""
    if np.isnan(centers).any() or np.isnan(radii).any():
        return False
    for i in range(len(centers)):
        x, y = centers[i]
        r = radii[i]
        if r < 0 or x - r < -1e-6 or x + r > 1 + 1e-6 or y - r < -1e-6 or y + r > 1 + 1e-6:
            return False
    for i in range(len(centers)):
        for j in range(i + 1, len(centers)):
            dist = np.sqrt(np.sum((centers[i] - centers[j]) ** 2))
            if dist < radii[i] + radii[j] - 1e-6:
                return False
    return True


def evaluate(program_path):
    """Evaluate the program by running it once and checking the sum of radii."""
    try:
        start_time = time.time()
        spec = importlib.util.spec_from_file_location("program", program_path)
        program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        centers, radii, reported_sum = program.run_packing()
        eval_time = time.time() - start_time

        centers, radii = np.array(centers), np.array(radii)
        valid = centers.shape == (26, 2) and radii.shape == (26,)
        valid = valid and validate_packing(centers, radii)
        sum_radii = float(np.sum(radii)) if valid else 0.0
        target_ratio = sum_radii / TARGET_VALUE
        return {
            "sum_radii": sum_radii,
            "target_ratio": target_ratio,
            "validity": 1.0 if valid else 0.0,
            "eval_time": eval_time,
            "combined_score": target_ratio * (1.0 if valid else 0.0),
        }
    except Exception as e:
        print(f"Evaluation failed: {e}")
        traceback.print_exc()
        return {"sum_radii": 0.0, "validity": 0.0, "combined_score": 0.0}
