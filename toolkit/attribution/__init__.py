"""What a champion's gain came from: pure plans of programs to run, and tables of what they gave."""
