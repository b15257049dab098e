"""`toolkit init`: reads a folder of code without running it, and writes a study of it."""
