"""What is minimised and what goes down it: objectives, optimizers, schedulers, noise, and one run with its history."""
