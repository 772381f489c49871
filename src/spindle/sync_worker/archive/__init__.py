"""What people hand over: a ZIP, or the JSON files in it. Read in pieces, believed in nothing, written nowhere."""
