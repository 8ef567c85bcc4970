"""Where the time of a run goes: steps, what each of them took, and how that is told.

This room knows graphs, and no pipeline: who runs the work says where a step begins and ends.
"""
