"""Zou's endpoints: what its OpenAPI document says of them, and how one is found."""
