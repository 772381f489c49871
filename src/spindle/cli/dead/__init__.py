"""Dead letters on the command line: looked at, retried, dropped."""
