"""Records in Redis or Valkey: processes on many machines share them."""
