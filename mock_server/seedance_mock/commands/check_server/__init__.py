"""`seedance-mock check-server`: check any server of the API against the contract."""
