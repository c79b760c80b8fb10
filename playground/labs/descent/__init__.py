"""The lab Descent: runners on a function that a person typed."""
