"""Callbacks: which are due, and how they are sent."""
