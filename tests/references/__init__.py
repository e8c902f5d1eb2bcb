"""The references: the parts that are generated, and the tests that hold every page to what the sandbox shows."""
