"""The operations of the API, without HTTP."""
