"""What is wrong, in words, and what to do about it: the checks that both doors for people make.

`looks` gather values, each look for itself and with its own short time; `logic` says what they mean; `visit` makes
checks side by side. They need the bus, the settings and Spotify; what only a home can tell the command line adds.
"""
