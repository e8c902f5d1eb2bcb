"""A production's bars and milestones."""
