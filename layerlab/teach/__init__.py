"""Teaching: questions before a reveal, levels to reach, and an honest check of what a learner wrote.

Read `level` (what an exercise is), then `release` (the learner's copy), then `check` (the verdict). Nothing
here is needed to use the engine; the notebook tools are imported only where a notebook is read.
"""
