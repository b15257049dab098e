"""Programs and floors that the host scores for itself, and a check for dead parameters."""
