"""Pictures that a model sees: read, decoded, drawn on, laid out, encoded and saved. Pillow and PyAV are an extra."""
