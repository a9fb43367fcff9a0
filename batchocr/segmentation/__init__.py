"""Ink -> components -> candidate words and cuts. Pure."""
