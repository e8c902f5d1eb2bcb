"""Hours that were worked, and days on which nobody works."""
