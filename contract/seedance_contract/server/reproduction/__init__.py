"""Shell scripts that repeat the failure of a check."""
