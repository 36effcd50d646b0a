"""Python imports this before the program, because `memo trace --scopes` put its folder first in PYTHONPATH.

It has memo_scopes wait for PyTorch, and makes way: for the sitecustomize that the program would have had, if there is one, and
for the program's own search path.
"""

import os
import sys


def _make_way():
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        raise ImportError("there is no other sitecustomize", name="sitecustomize")  # what `site` takes for none at all
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if sys.version_info >= (3, 4):
    import memo_scopes

    memo_scopes.wait_for_torch()
    _make_way()
