"""The cases for clients, one module a group."""
