import click
@click.group()
def artifacts(): "x"
