"""The rules of the create request: their kinds, and their order."""
