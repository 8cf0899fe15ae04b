"""The language of situations: vocabulary, parser, script."""
