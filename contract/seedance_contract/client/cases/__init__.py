"""The cases for clients, one module for each group."""
