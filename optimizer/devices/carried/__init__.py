"""devices/carried/: what a bundle takes along as it is: a program that imports nothing of ours."""
