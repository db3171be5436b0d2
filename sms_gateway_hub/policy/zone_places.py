"""What a part of a country and an area code say about the zone.

A place that lies in several zones has all of them: the tz database for countries, and
for states that are split, every zone that any of their counties keeps.
"""

_NEW_YORK = "America/New_York"
_CHICAGO = "America/Chicago"
_DENVER = "America/Denver"
_PHOENIX = "America/Phoenix"
_LOS_ANGELES = "America/Los_Angeles"
_TORONTO = "America/Toronto"
_WINNIPEG = "America/Winnipeg"
_EDMONTON = "America/Edmonton"
_CRESTON = "America/Creston"
_MEXICO_CITY = "America/Mexico_City"
_CHIHUAHUA = "America/Chihuahua"
_JUAREZ = "America/Ciudad_Juarez"
_MATAMOROS = "America/Matamoros"
_MAZATLAN = "America/Mazatlan"
_TIJUANA = "America/Tijuana"
_SAO_PAULO = "America/Sao_Paulo"
_MANAUS = "America/Manaus"
_NORONHA = "America/Noronha"
_RIO_BRANCO = "America/Rio_Branco"

#: What a list of codes ends with when every other code has these zones.
_REST = "*"

#: Country, then zones to the codes of the states that are in all of these (as Odoo
#: writes them, which is the part of ISO 3166-2 behind the country for most).
_STATES: dict[str, dict[tuple[str, ...], str]] = {
    "US": {
        (_NEW_YORK,): "CT DE DC GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
        (_NEW_YORK, _CHICAGO): "FL IN KY TN",
        ("America/Detroit", "America/Menominee"): "MI",
        (_CHICAGO,): "AL AR IA IL LA MN MO MS OK WI",
        (_CHICAGO, _DENVER): "KS ND NE SD TX",
        (_DENVER,): "CO MT NM UT WY",
        # The Navajo Nation changes its clocks, the rest of Arizona does not.
        (_PHOENIX, _DENVER): "AZ",
        (_LOS_ANGELES,): "CA WA",
        (_LOS_ANGELES, "America/Boise"): "ID OR",
        # West Wendover and Jackpot keep the time of the neighbouring state.
        (_LOS_ANGELES, _DENVER): "NV",
        ("America/Anchorage", "America/Adak"): "AK",
        ("Pacific/Honolulu",): "HI",
        ("America/Puerto_Rico",): "PR",
        ("America/St_Thomas",): "VI",
        ("Pacific/Guam",): "GU",
        ("Pacific/Saipan",): "MP",
        ("Pacific/Pago_Pago",): "AS",
        ("Pacific/Palau",): "PW",
        ("Pacific/Majuro",): "MH",
        ("Pacific/Chuuk", "Pacific/Pohnpei"): "FM",
    },
    "CA": {
        ("America/St_Johns", "America/Goose_Bay"): "NL",
        ("America/Halifax",): "NS PE",
        ("America/Moncton",): "NB",
        (_TORONTO, "America/Halifax", "America/Blanc-Sablon"): "QC",
        (_TORONTO, "America/Atikokan", _WINNIPEG): "ON",
        (_WINNIPEG,): "MB",
        # Lloydminster keeps the time of Alberta.
        ("America/Regina", _EDMONTON): "SK",
        (_EDMONTON,): "AB",
        ("America/Vancouver", _EDMONTON, _CRESTON): "BC",
        ("America/Whitehorse",): "YT",
        ("America/Inuvik",): "NT",
        (
            "America/Iqaluit",
            "America/Atikokan",
            "America/Rankin_Inlet",
            "America/Cambridge_Bay",
        ): "NU",
    },
    "AU": {
        ("Australia/Sydney",): "ACT",
        ("Australia/Sydney", "Australia/Broken_Hill", "Australia/Lord_Howe"): "NSW",
        ("Australia/Melbourne",): "VIC",
        ("Australia/Hobart",): "TAS",
        ("Australia/Brisbane",): "QLD",
        ("Australia/Adelaide",): "SA",
        ("Australia/Darwin",): "NT",
        ("Australia/Perth", "Australia/Eucla"): "WA",
    },
    "BR": {
        (_RIO_BRANCO,): "AC",
        (_MANAUS, "America/Eirunepe"): "AM",
        ("America/Cuiaba",): "MT",
        ("America/Campo_Grande",): "MS",
        ("America/Porto_Velho",): "RO",
        ("America/Boa_Vista",): "RR",
        ("America/Recife", _NORONHA): "PE",
        (_SAO_PAULO,): "AL AP BA CE DF ES GO MA MG PA PB PI PR RJ RN RS SC SE SP TO",
    },
    "MX": {
        (_TIJUANA,): "BCN",
        (_MAZATLAN,): "BCS SIN",
        (_MAZATLAN, "America/Bahia_Banderas"): "NAY",
        ("America/Hermosillo",): "SON",
        # The towns at the border keep the time of the United States.
        (_CHIHUAHUA, _JUAREZ, "America/Ojinaga"): "CHH",
        ("America/Monterrey", _MATAMOROS): "COA NLE TAM",
        ("America/Cancun",): "ROO",
        (_MEXICO_CITY,): (
            "AGU CAM CHP CMX COL DUR GRO GUA HID JAL MEX MIC MOR OAX PUE QUE SLP TAB "
            "TLA VER YUC ZAC"
        ),
    },
    "RU": {
        ("Europe/Kaliningrad",): "KGD",
        ("Europe/Moscow",): (
            "AD ARK BEL BRY CE CU DA IN IVA KB KC KDA KIR KL KLU KO KOS KR KRS LEN LIP "
            "ME MO MOS MOW MUR NEN NGR NIZ ORL PNZ PSK ROS RYA SE SMO SPE STA TA TAM "
            "TUL TVE VGG VLA VLG VOR YAR"
        ),
        ("Europe/Samara",): "AST SAM SAR UD ULY",
        ("Asia/Yekaterinburg",): "BA CHE KGN KHM ORE PER SVE TYU YAN",
        ("Asia/Omsk",): "OMS",
        ("Asia/Krasnoyarsk",): "AL ALT KEM KK KYA NVS TOM TY",
        ("Asia/Irkutsk",): "BU IRK",
        ("Asia/Yakutsk",): "AMU ZAB",
        ("Asia/Yakutsk", "Asia/Vladivostok", "Asia/Srednekolymsk"): "SA",
        ("Asia/Vladivostok",): "KHA PRI YEV",
        ("Asia/Magadan",): "MAG",
        ("Asia/Sakhalin",): "SAK",
        ("Asia/Kamchatka",): "CHU KAM",
    },
    "ID": {
        ("Asia/Jakarta",): "AC BB BE BT JA JB JI JK JT KB KR KT LA RI SB SS SU YO",
        ("Asia/Makassar",): "BA GO KI KS KU NB NT SA SG SN SR ST",
        ("Asia/Jayapura",): "MA MU PA PB PD PE PS PT",
    },
    "CD": {
        ("Africa/Kinshasa",): "BC EQ KG KL KN MN MO NU SU TU",
        ("Africa/Lubumbashi",): "BU HK HL HU IT KC KE KS LO LU MA NK SA SK TA TO",
    },
    # Provinces by Odoo's numbers; the five western ones, of which two by older rules.
    "MN": {
        ("Asia/Hovd",): "02 15 16",
        ("Asia/Hovd", "Asia/Ulaanbaatar"): "05 09",
        ("Asia/Ulaanbaatar",): _REST,
    },
    "ES": {("Atlantic/Canary",): "GC TF", ("Europe/Madrid",): _REST},
    "PT": {("Atlantic/Azores",): "20", ("Europe/Lisbon",): _REST},
    "CL": {
        ("America/Punta_Arenas",): "AI MA",
        ("America/Santiago", "Pacific/Easter"): "VS",
        ("America/Santiago",): _REST,
    },
    "EC": {("Pacific/Galapagos",): "20 W", ("America/Guayaquil",): _REST},
    "NZ": {("Pacific/Chatham",): "CIT", ("Pacific/Auckland",): _REST},
    "PG": {("Pacific/Bougainville",): "NSB", ("Pacific/Port_Moresby",): _REST},
    "CN": {("Asia/Shanghai", "Asia/Urumqi"): "XJ 新", ("Asia/Shanghai",): _REST},
}

#: Country to state to zones; ``*`` stands for all states that are not named.
STATE_ZONES = {
    country: {code: zones for zones, codes in rows.items() for code in codes.split()}
    for country, rows in _STATES.items()
}

#: Zones to number prefixes, where the metadata of phonenumbers is wrong or older than
#: the law: Brazil's mobiles (Belém is given Manaus' time), Chihuahua's change of 2022,
#: Mexico's border.
_PREFIXES: dict[tuple[str, ...], str] = {
    (_SAO_PAULO,): "55",
    (_SAO_PAULO, _NORONHA): "5581",
    (_MANAUS,): "5565 5566 5567 5569 5592 5595",
    (_MANAUS, "America/Eirunepe"): "5597",
    (_RIO_BRANCO,): "5568",
    (_CHIHUAHUA,): (
        "52614 52621 52625 52627 52628 52629 52635 52639 52648 52649 52652 52657 52659"
    ),
    (_CHIHUAHUA, _JUAREZ): "52636 52656",
    (_CHIHUAHUA, "America/Ojinaga"): "52626",
    (_MEXICO_CITY, _MATAMOROS): (
        "52861 52862 52867 52868 52873 52877 52878 52891 52892 52894 52897 52899"
    ),
    (_TIJUANA, "America/Hermosillo"): "52653",
    (_TIJUANA, _MAZATLAN): "52615",
    (_MEXICO_CITY, _MAZATLAN): "52322 52329",
}
PREFIX_ZONES = {
    prefix: zones
    for zones, prefixes in _PREFIXES.items()
    for prefix in prefixes.split()
}

#: Countries whose mobile numbers tell where they were given out, beside those of +1.
GEOGRAPHIC = frozenset({"BR", "MX"})

#: A newer area code of +1 to the one whose area it shares.
OVERLAYS = {
    "236": "250",
    "257": "250",
    "364": "270",
    "367": "418",
    "448": "850",
    "458": "541",
    "581": "418",
    "672": "250",
    "729": "423",
    "778": "250",
    "879": "709",
    "930": "812",
    "986": "208",
}

#: Zones that the metadata does not know of in an area code of +1.
MORE_IN_AREA = {
    "250": (_CRESTON,),
    "807": ("America/Atikokan",),
    "867": (
        "America/Atikokan",
        "America/Cambridge_Bay",
        "America/Rankin_Inlet",
        "America/Whitehorse",
    ),
}

#: Area codes of +1 by country; every other one is the United States.
_AREAS = {
    "CA": (
        "204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 "
        "428 431 437 438 450 468 474 506 514 519 548 579 581 584 587 600 604 613 622 "
        "633 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 "
        "905 942"
    ),
    "AG": "268",
    "AI": "264",
    "AS": "684",
    "BB": "246",
    "BM": "441",
    "BS": "242",
    "DM": "767",
    "DO": "809 829 849",
    "GD": "473",
    "GU": "671",
    "JM": "658 876",
    "KN": "869",
    "KY": "345",
    "LC": "758",
    "MP": "670",
    "MS": "664",
    "PR": "787 939",
    "SX": "721",
    "TC": "649",
    "TT": "868",
    "VC": "784",
    "VG": "284",
    "VI": "340",
}
AREA_COUNTRY = {
    area: country for country, areas in _AREAS.items() for area in areas.split()
}
