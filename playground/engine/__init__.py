"""What is minimised and what goes down it: objectives, optimizers, schedulers, noise, and runs, one or many at once."""
