"""Expands the rules that come in, one JSON object a line, with python-dateutil; see dateutil.rs beside it."""

import json
import re
import sys
from datetime import datetime, timezone

from dateutil import rrule, tz
from dateutil.zoneinfo import get_zonefile_instance

# dateutil's own table of zones: the same on every machine.
ZONES = get_zonefile_instance()


def starts(case):
    zone = ZONES.get(case["zone"])
    first, last = (datetime.fromisoformat(case[name]) for name in ("start", "last"))
    # A day as the end includes that day; dateutil would read its first moment.
    rule = re.sub(r"(UNTIL=\d{8})(?=;|$)", r"\1T235959", case["rule"])
    # An end in UTC can only be held against starts that know their zone.
    is_aware = re.search(r"UNTIL=[^;]*Z", rule) is not None
    for start in rrule.rrulestr(rule, dtstart=first.replace(tzinfo=zone) if is_aware else first):
        named = start.replace(tzinfo=None)
        if named > last:
            return
        shown = tz.resolve_imaginary(named.replace(tzinfo=zone, fold=0))
        yield [
            named.isoformat(),
            shown.replace(tzinfo=None).isoformat(),
            shown.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        ]


for line in sys.stdin:
    case = json.loads(line)
    found = []
    for start in starts(case):
        if len(found) == case["most"]:
            break
        found.append(start)
    print(json.dumps(found))
