"""Knowledge (知识库): articles from proposal to withdrawal, found by words and meaning, for agents, citizens and the telephone."""
