"""Many people at one server, without browsers: ``python -m tests.load --help``, and ``docs/hosting.md``."""
