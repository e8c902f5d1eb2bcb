"""What is of the whole studio and of no production: its people, and what productions are made of; for admins."""
