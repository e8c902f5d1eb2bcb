"""The references: the parts that are generated, and the tests that hold every page to what the sandbox shows.

A folder holds what makes and what tests the pages of one subject; what all pages share stands beside the folders.
"""
