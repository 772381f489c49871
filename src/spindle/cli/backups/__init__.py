"""Backup and restore: everything that a Spindle keeps, in one file that another machine can begin with."""
