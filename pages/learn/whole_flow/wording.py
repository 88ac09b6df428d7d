"""Lesson 10: whose code computes which stage, in words that its tests share."""

SHARED = (
    "**Stage 4 and the weighted sum in stage 5 are the same function on both sides:** `attention`. "
    "The toy’s other stages are our code too. In the model, its library computes the embeddings, "
    "query, key and value. It also multiplies by W_O and adds a bias, if it has one."
)
LIBRARY_ONLY = (
    "**Here the model runs its library’s attention, not ours.** The library hands out its weights "
    "only, so stages 3 and 5 stay empty. The toy runs our function."
)
TOY_ALONE = "**The toy runs our function in stages 3 to 5.** The model joins once it is loaded."
