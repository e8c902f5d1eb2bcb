"""What the sandbox is filled with, as rows of Zou's database."""
