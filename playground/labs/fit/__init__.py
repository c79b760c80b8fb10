"""The lab Fit: a model, its data, and the ways down to the parameters that fit."""
