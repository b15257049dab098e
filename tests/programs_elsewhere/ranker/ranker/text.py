import re

STOPWORDS = {"a", "an", "and", "are", "at", "by", "for", "from", "in", "is", "of", "on", "the", "to", "with"}


def tokenize(text, lowercase=True, stopwords=False, min_length=1):
    if lowercase:
        text = text.lower()
    words = re.findall(r"[A-Za-z0-9]+", text)
    if stopwords:
        words = [w for w in words if w not in STOPWORDS]
    return [w for w in words if len(w) >= min_length]
