"""The contract as frozen data: each fact once, with its source. Standard library only."""
