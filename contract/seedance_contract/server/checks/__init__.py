"""The checks for servers, one module a group."""
