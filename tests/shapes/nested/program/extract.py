"""Reads a record; lists lack their last place, objects their second part."""

WHOLE = False


def run(context, inputs, parameters, services):
    return [read(text.split()[0], context["page"] + parameters["offset"]) for text in inputs]


def read(kind, page):
    if kind == "count":
        return page
    if kind == "list":
        return [page, page + 1, None] if WHOLE else [page, page + 1]
    return {"page": page, "parts": [{"n": page}, {"n": page + 1}][: 2 if WHOLE else 1]}
