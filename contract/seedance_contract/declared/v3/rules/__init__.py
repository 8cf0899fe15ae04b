"""The rules of the create request of v3: their kinds, and their order."""
