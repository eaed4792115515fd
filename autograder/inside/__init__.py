"""What runs inside the sandbox. A student's code can read every line of it; nothing in here is secret, or trusted.

walls → enclosure → prefork put a worker between walls; worker → shell runs the student's cells;
wire → conversation is how it and the examiner talk.
"""
