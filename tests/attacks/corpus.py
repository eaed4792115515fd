"""All attacks, by class."""

from tests.attacks import (
    beside,
    escapes,
    exits,
    frames,
    hollow,
    hooks,
    leaks,
    patching,
    resources,
    shortcuts,
    spoofing,
    tampering,
)

CLASSES = {
    "comparison spoofing": spoofing.ATTACKS,
    "hollow objects": hollow.ATTACKS,
    "patched libraries and builtins": patching.ATTACKS,
    "shell hooks and transformers": hooks.ATTACKS,
    "exits and kills": exits.ATTACKS,
    "leaks": leaks.ATTACKS,
    "escapes": escapes.ATTACKS,
    "forged conversation": frames.ATTACKS,
    "metadata and cell tampering": tampering.ATTACKS,
    "files beside the notebook": beside.ATTACKS,
    "resources": resources.ATTACKS,
    "shortcuts": shortcuts.ATTACKS,
}
ATTACKS = {attack.name: attack for attacks in CLASSES.values() for attack in attacks}
