"""Exploration: Hypothesis composes situations, and the invariants judge what a client does."""
