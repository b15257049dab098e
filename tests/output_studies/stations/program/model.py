def run(context, inputs, parameters, services):
    return [context["height"] + parameters["slope"] * one["hour"] for one in inputs]
