"""What a run was made with: command, code, packages, machine, variables and seeds. Nothing here talks to a server."""
