"""Where data comes from: a file in sources/ for each set of recordings, and a module here for each way to read them.

A reader of skeletons has ``read`` (msr_action3d.py), one of videos ``Store``, ``subjects`` and ``ACTIONS`` (kth.py).
"""
