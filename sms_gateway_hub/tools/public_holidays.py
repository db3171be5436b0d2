"""Public holidays by country and region, from the package ``holidays`` if it is there.

The package is optional: without it only a company's own dates count.
"""

try:
    import holidays
except ImportError:
    holidays = None

#: Regions whose holidays count wherever in the country somebody may be, because nothing
#: tells from a number whether its owner is there: Good Friday and 26 December are
#: holidays in Alsace and Moselle.
_COUNTED_EVERYWHERE = {"FR": ("57",)}


def available():
    """Tell whether holidays are known at all."""
    return holidays is not None


def dates_of(country, region, years):
    """Return the public holidays of a place.

    :param str country: ISO 3166-1 code; unknown countries have no holidays
    :param str region: the part of an ISO 3166-2 code behind the country, or ``""``;
        regions that the package does not tell apart have those of the country
    :param years: the years of interest
    :return: a frozenset of dates
    """
    if not available() or not country:
        return frozenset()
    regions = (region or None, *_COUNTED_EVERYWHERE.get(country, ()))
    return frozenset().union(*(_dates(country, one, years) for one in regions))


def _dates(country, region, years):
    try:
        return frozenset(holidays.country_holidays(country, region, years=years))
    except NotImplementedError:
        # an unknown region of a known country, or an unknown country
        return _dates(country, None, years) if region else frozenset()
