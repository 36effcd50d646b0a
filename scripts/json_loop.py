"""Builds and reads the same JSON text again and again: nothing but small allocations.

    PYTHONMALLOC=malloc python3 scripts/json_loop.py ROUNDS

Python's own allocator would hide most of them; with PYTHONMALLOC=malloc each one is a call of malloc.
"""

import json
import sys

document = {
    "items": [
        {"id": i, "name": f"item {i}", "tags": ["a", "b", "c"] * 3, "value": i * 1.5, "nested": {"x": [i, i + 1], "y": None}}
        for i in range(200)
    ]
}
text = json.dumps(document)
print(sum(len(json.dumps(json.loads(text))) for _ in range(int(sys.argv[1]))))
