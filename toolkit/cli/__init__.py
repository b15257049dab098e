"""The command line: a module per noun, loaded only when its command is typed."""
