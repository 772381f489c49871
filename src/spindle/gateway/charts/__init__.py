"""Charts as SVG, drawn here: from values to markup, and nothing else.

Where something is, is said in percent: text keeps its size however wide the page is. How it looks is said by classes.
"""
