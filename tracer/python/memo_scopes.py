"""Names of PyTorch's modules as scopes of a trace: `nn::features.3.conv` is open while that module is called.

A module is called by its path from the outermost module that was called, and that one by its class. What a call does is not
changed: it is wrapped at torch.nn.Module.__call__, once PyTorch is imported, in a process that the tracer is in. A module that
TorchScript or torch.compile runs by itself is never called in Python, and has no scope of this kind.

What holds: a scope ends with its call, also by an exception; names are known by the modules' identity, and forgotten with them.
Threads: scopes are each thread's own; the names are shared, under Python's lock.
"""

import sys

WATCHED = "torch.nn.modules.module"


class _Watcher:
    """Finds nothing itself, and has `patch` called when the module that it waits for has been imported."""

    def find_spec(self, name, path=None, target=None):
        if name != WATCHED:
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _call_after(spec.loader, patch)
                return spec
        return None


def _call_after(loader, function):
    execute = loader.exec_module

    def exec_module(module):
        execute(module)
        function(module.Module)

    loader.exec_module = exec_module


def wait_for_torch():
    sys.meta_path.insert(0, _Watcher())


class _Names:
    """The scopes' names, by module."""

    def __init__(self):
        import weakref

        self._reference = weakref.ref
        self._known = {}  # by id: a reference, the name, and a reference to the outermost module

    def find(self, module):
        entry = self._known.get(id(module))
        return entry[1] if entry is not None and entry[0]() is module else None

    def read(self, root):
        """Names a module and all below it, as they are now. The name of the module."""
        outermost = self._reference(root)
        self._set(root, getattr(root, "original_name", None) or type(root).__name__, outermost)
        for path, module in list(root.named_modules()):
            if path:
                self._set(module, path, outermost)
        return self.find(root)

    def read_again(self, module):
        """The same for the outermost module around a known one."""
        entry = self._known.get(id(module))
        outermost = None if entry is None else entry[2]()
        if outermost is not None:
            self.read(outermost)

    def _set(self, module, name, outermost):
        key = id(module)
        known = self._known

        def forget(reference):
            if known.get(key, (None,))[0] is reference:
                del known[key]

        known[key] = (self._reference(module, forget), ("nn::%s" % name).encode("utf-8", "replace"), outermost)


def patch(module_class):
    """Wraps the call of a torch.nn.Module, where the tracer is in this process."""
    import ctypes
    import functools
    import threading

    process = ctypes.PyDLL(None)  # keeps the lock of Python over calls that are this short
    if not hasattr(process, "memo_scope_begin"):
        return
    begin, end = process.memo_scope_begin, process.memo_scope_end
    begin.argtypes, begin.restype = [ctypes.c_char_p], ctypes.c_uint32
    end.argtypes, end.restype = [ctypes.c_uint32], None
    names = _Names()
    here = threading.local()
    call = module_class.__call__

    def name_of(module):
        try:
            root = getattr(here, "root", None)
            if root is not None:  # it may be new there; not looked for every time, as some make modules as they go
                here.missed += 1
                if here.missed & (here.missed - 1) == 0:
                    names.read_again(root)
            return names.find(module) or names.read(module)
        except Exception:  # another thread builds it meanwhile, or it has ways of its own
            return ("nn::%s" % type(module).__name__).encode("utf-8", "replace")

    @functools.wraps(call)
    def call_in_scope(self, *arguments, **options):
        name = names.find(self) or name_of(self)
        outermost = getattr(here, "root", None) is None
        if outermost:
            here.root, here.missed = self, 0
        token = begin(name)
        try:
            return call(self, *arguments, **options)
        finally:
            end(token)
            if outermost:
                here.root = None

    module_class.__call__ = call_in_scope
