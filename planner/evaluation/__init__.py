"""Judge a plan: simulate it, score it, explain it."""
