"""How the directory's tables came to be: one module for each revision."""
