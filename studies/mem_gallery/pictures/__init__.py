"""Mem-Gallery with its pictures: vectors of image files, where there are files and a CLIP."""
