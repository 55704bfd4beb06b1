import click


@click.command()
def demo():
    "x"
