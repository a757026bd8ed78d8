"""The dozen names a learner types."""
