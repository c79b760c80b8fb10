"""Data points and where they come from: sets, tables, recipes; and the gallery of functions."""
