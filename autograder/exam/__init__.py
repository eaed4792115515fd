"""The examiner: runs a submission past its checks, the student's code walled in, and scores what they say."""
