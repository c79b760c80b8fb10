"""The pages, a folder each, and what they share."""
