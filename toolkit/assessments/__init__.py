"""What the host scores for itself: programs on either split, floors, parameters that do nothing."""
