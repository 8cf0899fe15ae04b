"""Results in every form: JSON, JUnit, Markdown, HTML."""
