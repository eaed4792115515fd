"""What came in from students: read, bounded, put in order, and believed by nobody."""
