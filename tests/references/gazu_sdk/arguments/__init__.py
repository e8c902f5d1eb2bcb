"""What single functions of gazu are called with, by what their modules are about."""
