"""The fork server that runs untrusted programs; started as a program, not imported."""
