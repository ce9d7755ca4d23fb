"""`make probe` asks an AWS account what no emulator can answer, and prints a page to paste into an issue."""
