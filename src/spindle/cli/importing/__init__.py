"""Importing: the history that a person already has, from the files to the receipt, and back again."""
