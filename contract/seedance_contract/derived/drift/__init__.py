"""How the documents of a vendor differ from the declared contract."""
