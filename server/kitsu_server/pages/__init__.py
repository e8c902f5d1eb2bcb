"""Pages that a person sees in a browser: the questions of writes. Imported when the first one is asked."""
