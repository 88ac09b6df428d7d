"""A toy that can learn: one attention layer, its loss on a task, and the gradient of the loss by hand.

How the numbers move is `optimisers`' business, and how often `training`'s. The attention is the core's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Int

from attention_core.gradients import matrix_backward, multi_head_backward
from attention_core.heads import MultiHeadTrace, Projections, multi_head_attention
from attention_core.softmax import softmax, softmax_steps
from attention_core.toy.tasks import Sequences, Task, symbols_of

QK_SIZE = 16  # columns of W_Q and of W_K, shared by the heads
START = 0.02  # standard deviation of the first numbers: scores near 0, so every head begins even


@dataclass(frozen=True, eq=False)
class Parameters:
    """All that can be learned; gradients and an optimiser's memory have the same four tables."""

    E: Float[np.ndarray, "n_symbols d_model"]
    W_Q: Float[np.ndarray, "d_model q_size"]
    W_K: Float[np.ndarray, "d_model k_size"]
    W_V: Float[np.ndarray, "d_model v_size"]  # v_size = n_heads · n_words


TABLES = tuple(field.name for field in fields(Parameters))


def each(rule: Callable[..., np.ndarray], *tables: Parameters) -> Parameters:
    """A rule for one number, applied to the tables of the same name."""
    return Parameters(*(rule(*(getattr(one, name) for one in tables)) for name in TABLES))


@dataclass(frozen=True, eq=False)
class Reading:
    """Sequences read by the toy: every intermediate on the way to the loss."""

    symbols: Float[np.ndarray, "n n_tokens n_symbols"]
    x: Float[np.ndarray, "n n_tokens d_model"]
    layer: MultiHeadTrace
    asking: Float[np.ndarray, "n_asked d_model"]  # the outputs that must answer
    logits: Float[np.ndarray, "n_asked n_words"]
    targets: Int[np.ndarray, " n_asked"]
    loss: float


def first_parameters(task: Task, n_heads: int, seed: int) -> Parameters:
    """Each symbol has a dimension of its own (E = I); the matrices are small numbers from the seed."""
    d_model = len(task.symbols)
    rng = np.random.default_rng(seed)
    return Parameters(
        np.eye(d_model),
        *(
            START * rng.standard_normal((d_model, size))
            for size in (QK_SIZE, QK_SIZE, n_heads * len(task.words))
        ),
    )


def projections(parameters: Parameters, n_heads: int) -> Projections:
    """W_O stays as it is: [I 0] below [I 0] …, so it adds up the words that the heads hand over.

    With W_O = I each head could write only its own dimensions, that is, name only some of the words.
    """
    n_words = parameters.W_V.shape[1] // n_heads
    W_O = np.tile(np.eye(n_words, parameters.E.shape[1]), (n_heads, 1))
    return Projections(parameters.W_Q, parameters.W_K, parameters.W_V, W_O, n_heads=n_heads)


def read(parameters: Parameters, n_heads: int, task: Task, sequences: Sequences) -> Reading:
    """x = S E, output = attention(x), logits = output Eᵀ for the words, at the positions that are asked.

    No token looks at itself: a pronoun could else name both its nouns without looking at either.
    """
    symbols = symbols_of(task, sequences)
    x = symbols @ parameters.E
    others = ~np.eye(task.n_tokens, dtype=bool)
    layer = multi_head_attention(x, projections(parameters, n_heads), mask=others)
    asking = layer.output[sequences.asked]
    logits = asking @ parameters.E[: len(task.words)].T
    targets = sequences.target[sequences.asked]
    return Reading(symbols, x, layer, asking, logits, targets, cross_entropy(logits, targets))


def gradients(
    parameters: Parameters, n_heads: int, sequences: Sequences, reading: Reading
) -> Parameters:
    """∂loss/∂(every table): back from the loss to the outputs that were asked, through the layer, into E."""
    n_words = reading.logits.shape[1]
    grad_logits = cross_entropy_backward(reading.logits, reading.targets)
    grad_output = np.zeros_like(reading.layer.output)
    grad_output[sequences.asked] = grad_logits @ parameters.E[:n_words]
    layer = multi_head_backward(
        reading.x, projections(parameters, n_heads), reading.layer, grad_output
    )
    grad_E = matrix_backward(reading.symbols, layer.grad_x)
    grad_E[:n_words] += grad_logits.T @ reading.asking  # E is used twice: to read and to answer
    return Parameters(grad_E, layer.grad_W_Q, layer.grad_W_K, layer.grad_W_V)


def cross_entropy(logits: Float[np.ndarray, "n n_words"], targets: Int[np.ndarray, " n"]) -> float:
    """Mean of −log softmax(logits)[target]; log Σ exp − logit rather than log of a weight that may be 0."""
    steps = softmax_steps(logits)
    of_target = steps.shifted[np.arange(len(targets)), targets]
    return float((np.log(steps.total[:, 0]) - of_target).mean())


def cross_entropy_backward(
    logits: Float[np.ndarray, "n n_words"], targets: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "n n_words"]:
    """(softmax − one-hot) / n: push the target up, and every other word down by its probability."""
    grad = softmax(logits)
    grad[np.arange(len(targets)), targets] -= 1
    return grad / len(targets)
