"""Values of players in cooperative games under precedence; pure, no input or output."""
