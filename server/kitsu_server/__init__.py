"""The process around the tools."""
