"""The platforms this addon speaks to out of the box, one package each.

A platform's words (field names, codes, status words) stay inside its package.
"""
