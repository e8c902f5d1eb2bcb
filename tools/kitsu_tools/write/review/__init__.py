"""Reviews: being in one, moving everybody's screen, drawing on what is shown."""
