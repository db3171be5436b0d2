"""Quiet hours the slow way: look at the clock on every wall, minute by minute.

Shares no code with the engine, so that the two cannot be wrong together.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def may_leave(zones, schedules, at):
    """Whether every schedule allows what every wall clock shows at this instant."""
    for zone in zones:
        wall = at.astimezone(ZoneInfo(zone))
        for schedule in schedules:
            if not shows_allowed_time(schedule, wall):
                return False
    return True


def shows_allowed_time(schedule, wall):
    """Whether one schedule allows the date and time on one wall."""
    today = wall.date()
    windows = [schedule.week[today.weekday()]]
    if today in schedule.holidays and schedule.holiday != "same":
        windows.append(schedule.holiday)
    if today + DAY in schedule.holidays and schedule.eve != "same":
        windows.append(schedule.eve)
    minute = wall.hour * 60 + wall.minute
    for window in windows:
        if window is None or minute < window[0] or minute >= window[1]:
            return False
    return True


def first_allowed(zones, schedules, at, minutes):
    """The first instant from ``at`` on, or whole minute after it, within so many."""
    if may_leave(zones, schedules, at):
        return at
    moment = at.replace(second=0, microsecond=0) + MINUTE
    while moment <= at + minutes * MINUTE:
        if may_leave(zones, schedules, moment):
            return moment
        moment += MINUTE
    return None


def answers(zones, schedules, start: datetime, minutes):
    """``may_leave`` of every minute from a whole one on."""
    moments = (start + number * MINUTE for number in range(minutes))
    return [may_leave(zones, schedules, moment) for moment in moments]
