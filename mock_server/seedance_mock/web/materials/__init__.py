"""Materials as the API shows them."""
