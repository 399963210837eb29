"""jobs/: what the server does with tasks: starts them, waits, installs what they made."""
