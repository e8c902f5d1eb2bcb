"""Real hosts and what they show a model and a person; `make clients` installs them and runs the tests."""
