r"""How the keys of the Windows registry are spelt: as Sysmon abbreviates them, and rules therefore write them.

>>> spelt(r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\x"), spelt(r"\REGISTRY\USER\S-1-5-18\Software")
('HKLM\\SYSTEM\\CurrentControlSet\\Services\\x', 'HKU\\S-1-5-18\\Software')

"""

import re

_HIVES = (
    (re.compile(r"(?:HKEY_LOCAL_MACHINE|\\REGISTRY\\MACHINE)(?=\\|$)", re.IGNORECASE), "HKLM"),
    (re.compile(r"(?:HKEY_USERS|\\REGISTRY\\USER)(?=\\|$)", re.IGNORECASE), "HKU"),
    (re.compile(r"HKEY_CURRENT_USER(?=\\S-1-)", re.IGNORECASE), "HKU"),
    (re.compile(r"HKEY_CURRENT_USER(?=\\|$)", re.IGNORECASE), "HKCU"),
    (re.compile(r"HKEY_CLASSES_ROOT(?=\\|$)", re.IGNORECASE), "HKCR"),
)
_CONTROL_SET = re.compile(r"\AHKLM\\SYSTEM\\ControlSet\d{3}(?=\\|\Z)", re.IGNORECASE)
_SYSTEM = len(r"HKLM\SYSTEM")


def spelt(key: str) -> str:
    """The key in its short spelling; one that is spelt so already stays."""
    for hive, short in _HIVES:
        found = hive.match(key)
        if found:
            key = short + key[found.end() :]
            break
    found = _CONTROL_SET.match(key)
    return rf"{key[:_SYSTEM]}\CurrentControlSet{key[found.end() :]}" if found else key
