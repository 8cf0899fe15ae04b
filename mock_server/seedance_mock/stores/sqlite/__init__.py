"""The store in a file of SQLite: a module for each table, and the database that they share."""
