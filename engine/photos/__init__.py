"""Photos as files: found, opened, decoded. Reads them and never writes, moves or deletes one.

scan         a folder -> candidate files, by names and stat alone; quick hashes
events       what the system tells of changes below a folder
decode       a file -> an upright RGB picture, or one reason why not
metadata     EXIF and XMP: when, where, with what
preprocess   picture -> model input, the same for indexing, queries and training
thumbnails   picture -> small JPEG and perceptual hash
query_views  a query -> the picture within its borders, relit, mirrored
worker       a child process that does all of this for one file after the other
workers      the pool of them: what crashes, hangs or bursts costs one file
"""
