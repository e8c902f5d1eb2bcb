"""The drive: everything that makes Zou emit an event, an area of Kitsu a module; `everything` runs them in order."""
