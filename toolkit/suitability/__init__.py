"""Suitability of a study for autonomous research: four properties and the headroom for tuning."""
