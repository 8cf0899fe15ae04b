"""The scripting language: vocabulary, parser, script."""
