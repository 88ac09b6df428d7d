"""What components were sent, read from the websocket, and the weights by the library alone to hold against it."""

import base64
import json
import re

import numpy as np
from playwright.sync_api import Page, WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.together import parts


def received(page: Page) -> dict[str, dict]:
    """What components are sent from now on, the newest of each label."""
    sent: dict[str, dict] = {}

    def read(frame: bytes | str) -> None:
        message = ForwardMsg()
        message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
        element = message.delta.new_element
        if element.WhichOneof("type") == "bidi_component" and element.bidi_component.json:
            data = json.loads(element.bidi_component.json)
            for each in [part["data"] for part in parts(data)] or [data]:
                sent[each["label"]] = each

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", read)

    page.on("websocket", listen)
    return sent


def one(sent: dict[str, dict], label: str) -> dict:
    (data,) = [data for name, data in sent.items() if re.match(label, name)]
    return data


def numbers(data: dict, n_columns: int) -> np.ndarray:
    """A component's numbers: exact, or in 16-bit steps where there are many (65535: blocked)."""
    raw = base64.b64decode(data["values"])
    if data.get("range") is None:
        return np.frombuffer(raw, "<f8").reshape(-1, n_columns)
    start, end = data["range"]
    steps = np.frombuffer(raw, "<u2").reshape(-1, n_columns)
    return np.where(steps == 65535, np.nan, start + steps / 65534 * (end - start))


def library_weights(model: str, sentence: str) -> np.ndarray:
    """(n_layers, n_heads, n_q, n_k) by a separate model that only the library touches."""
    import torch  # takes 15 s of every worker that collects it
    from transformers import AutoModel

    from attention_core.pretrained.capture import as_tensors
    from attention_core.pretrained.files import locate
    from attention_core.pretrained.loading import load
    from attention_core.pretrained.tokens import tokenize

    loaded = load(model)
    ids = tokenize(sentence, loaded.tokenizer, loaded.max_tokens).ids
    folder, _ = locate(model)
    library = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    with torch.inference_mode():
        outputs = library.eval()(
            **as_tensors({"input_ids": ids}), output_attentions=True, use_cache=False
        )
    return np.stack([weights[0].double().numpy() for weights in outputs.attentions])
