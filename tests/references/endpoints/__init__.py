"""The pages endpoints*.md and the index of endpoints: Zou's OpenAPI document, corrected."""
