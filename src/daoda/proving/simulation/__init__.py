"""The simulation: a chosen day played through the house before it comes.

A copy of what the shop sells is made in a database server of its own, which is thrown away
afterwards: catalogue, date rules, channels by name, and as many made-up codes as there are real
ones. Never a person, a real code or a merchant's key. Then the real verbs are driven through the
day with a simulated clock: orders are placed, signed notices come, the machine settles and
delivers, people deliver by hand at their pace, dates pass. What came of it is counted from the
rows, and the laws of the checker are asked before the copy goes.

What is not like the day: it begins with an empty desk; buyers fill no fields; the machine takes
its turns every ten seconds of the simulated clock and is never short of breath, so its waits are
rounded up to that. What it can do is measured beside it and told apart.
"""
