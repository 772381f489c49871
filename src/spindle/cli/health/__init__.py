"""How the services of a process are: seen from inside, served over HTTP, and asked by `spindle health`."""
