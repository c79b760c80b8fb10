"""Races: runners on one problem, as the labs Fit and Descent show them."""
