def run(context, inputs, parameters, services):
    order = sorted(
        context, key=lambda name: len(context[name]), reverse=parameters["longest_first"]
    )
    return [
        sorted(order, key=lambda name: -len({*one.split()} & {*context[name].split()}))
        for one in inputs
    ]
