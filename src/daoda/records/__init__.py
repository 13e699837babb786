"""Floor 1: facts about anyone's business; knows no order.

``shops`` is the ground of this floor: every other package here may import it.
"""
