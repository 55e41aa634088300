"""Reads a calendar with other people's programs: what begins and ends between two instants, as JSON.

    read_calendar.py FROM UNTIL < calendar.ics

Prints [[start, end], …] in universal time, in order, without what is cancelled.
"""

import datetime
import json
import sys

import icalendar
import recurring_ical_events

UTC = datetime.timezone.utc


def told(component):
    """The start and the end of one occurrence."""
    times = (component["DTSTART"].dt, component["DTEND"].dt)
    return [time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for time in times]


def main():
    """Refuses what icalendar finds wrong, then expands."""
    since, until = (datetime.datetime.fromisoformat(text) for text in sys.argv[1:3])
    calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
    wrong = [error for component in calendar.walk() for error in component.errors]
    if wrong:
        sys.exit(f"icalendar finds fault: {wrong}")
    known = {zone["TZID"] for zone in calendar.walk("VTIMEZONE")}
    for event in calendar.walk("VEVENT"):
        zone = event["DTSTART"].params.get("TZID")
        if zone is not None and zone not in known:
            sys.exit(f"{zone} is used and not told")
    found = recurring_ical_events.of(calendar, skip_bad_series=False).between(since, until)
    held = [told(event) for event in found if event.get("STATUS") != "CANCELLED"]
    json.dump(sorted(held), sys.stdout)


main()
