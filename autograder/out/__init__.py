"""What goes out: feedback to students, exports to other systems."""
