"""`doctor`: what is wrong, in words, and what to do about it.

`looks` gather values, each look for itself and with its own short time; `logic` says what they mean; `visit` makes all
checks side by side.
"""
