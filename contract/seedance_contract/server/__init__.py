"""The server suite: whether a server, any server, keeps the contract."""
