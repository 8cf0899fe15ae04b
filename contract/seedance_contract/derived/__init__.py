"""What follows from the declared contract: checks, schemas, prices, views, tables."""
