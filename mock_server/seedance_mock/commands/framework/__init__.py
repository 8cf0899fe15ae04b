"""What all commands share: exit codes, output, environment variables, missing extras."""
