"""The suite for servers: whatever answers at a URL is held against the contract."""
