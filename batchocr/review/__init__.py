"""The doubtful words in front of a person, in the browser: one local page over the job. See docs/review.md."""
