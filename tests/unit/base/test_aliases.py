import subprocess
import sys


def test_flavors_are_modules_right_below_the_top() -> None:
    program = """
import sys
import kiseki.sklearn
from kiseki.sklearn import save_model
import kiseki
import kiseki.flavors.sklearn as home
assert kiseki.sklearn is home is sys.modules["kiseki.sklearn"]
assert save_model is home.save_model
assert home.__name__ == home.__spec__.name == "kiseki.flavors.sklearn"
assert "sklearn" not in sys.modules, "the library is imported when it is used"
try:
    import kiseki.no_such_flavor
except ModuleNotFoundError as error:
    print(error.name)
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (0, "kiseki.no_such_flavor\n"), finished.stderr
