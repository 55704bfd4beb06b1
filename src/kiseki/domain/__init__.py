"""What experiments, runs, metrics and datasets are: frozen structs and the rules that hold for them everywhere."""
