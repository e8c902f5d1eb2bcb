"""Kitsu's custom actions: making the menu entry there, and taking what people hand over by it."""
