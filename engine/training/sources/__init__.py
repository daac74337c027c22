"""Weak labels: what a personal library itself tells of photos that belong together.

source        what every origin gives: groups of photos
components    pairs of photos -> groups
read          which origins a choice of labels means
albums        folders, by what their names say (folder_names)
captures      capture times, places and cameras that can be believed
events        pauses and journeys between photos
bursts        photos within seconds of each other
duplicates    equal pictures in other sizes and encodings
feedback      what a person marked
file          a CSV file that a person wrote
"""
