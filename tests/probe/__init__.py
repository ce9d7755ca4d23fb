"""`make probe`: asks an AWS account what no emulator answers, and prints a page to paste into an issue."""
