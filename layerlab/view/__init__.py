"""Pictures as functions of values: state in, a model (JSON), an SVG or a text out. Nothing here reads a clock
or a disk.

Read `picture` (what a picture of a stack holds), then `stack` (how it is made from layers and steps), then
`words` (every sentence a learner reads), `text` and `svg` (two ways to draw it; the widget is the third).
"""
