"""The colors and markers of every picture in the course, chosen to survive color blindness and gray print.

The colors are matplotlib's `tableau-colorblind10`. Classes also differ by marker, because no meaning
may hang on color alone.
"""

BLUE, ORANGE, GRAY, DARK = "#006BA4", "#FF800E", "#ABABAB", "#595959"
SKY, RUST, SMOKE, ICE, PEACH, SILVER = "#5F9ED1", "#C85200", "#898989", "#A2C8EC", "#FFBC79", "#CFCFCF"

CLASS_COLORS = (ORANGE, BLUE, DARK, SKY, RUST, GRAY, ICE, PEACH, SMOKE, SILVER)
"""Color of class 0, 1, 2, …"""

CLASS_MARKERS = ("s", "o", "^", "D", "v", "P", "X", "<", ">", "*")
"""Matplotlib marker of class 0, 1, 2, … (square, circle, triangle, …)."""

ON_DARK = "filter: invert(0.93) hue-rotate(180deg);"
"""CSS that turns a picture on white paper dark; a color stays nearly what it is called, light where it was dark."""
