"""The journal: what it holds, and where it is kept."""
