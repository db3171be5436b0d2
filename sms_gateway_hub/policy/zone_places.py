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

#: Area codes of the United States by state.
_STATE_AREAS = {
    "AK": "907",
    "AL": "205 251 256 334 659 938",
    "AR": "327 479 501 870",
    "AZ": "480 520 602 623 928",
    "CA": (
        "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 "
        "628 650 657 661 669 707 714 738 747 760 805 818 820 831 840 858 909 "
        "916 925 949 951"
    ),
    "CO": "303 719 720 748 970 983",
    "CT": "203 475 860 959",
    "DC": "202 771",
    "DE": "302",
    "FL": (
        "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 "
        "850 863 904 941 954"
    ),
    "GA": "229 404 470 478 678 706 762 770 912 943",
    "HI": "808",
    "IA": "319 515 563 641 712",
    "ID": "208 986",
    "IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    "IN": "219 260 317 463 574 765 812 930",
    "KS": "316 620 785 913",
    "KY": "270 364 502 606 859",
    "LA": "225 318 337 504 985",
    "MA": "339 351 413 508 617 774 781 857 978",
    "MD": "227 240 301 410 443 667",
    "ME": "207",
    "MI": "231 248 269 313 517 586 616 734 810 906 947 989",
    "MN": "218 320 507 612 651 763 952",
    "MO": "235 314 417 557 573 636 660 816 975",
    "MS": "228 601 662 769",
    "MT": "406",
    "NC": "252 336 472 704 743 828 910 919 980 984",
    "ND": "701",
    "NE": "308 402 531",
    "NH": "603",
    "NJ": "201 551 609 640 732 848 856 862 908 973",
    "NM": "505 575",
    "NV": "702 725 775",
    "NY": (
        "212 315 329 332 347 363 516 518 585 607 631 646 680 716 718 838 845 914 "
        "917 929 934"
    ),
    "OH": "216 220 234 283 326 330 380 419 440 513 567 614 740 937",
    "OK": "405 539 572 580 918",
    "OR": "458 503 541 971",
    "PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "RI": "401",
    "SC": "803 821 839 843 854 864",
    "SD": "605",
    "TN": "423 615 629 729 731 865 901 931",
    "TX": (
        "210 214 254 281 325 346 361 409 430 432 469 512 682 713 726 737 806 817 "
        "830 832 903 915 936 940 945 956 972 979"
    ),
    "UT": "385 435 801",
    "VA": "276 434 540 571 686 703 757 804 826 948",
    "VT": "802",
    "WA": "206 253 360 425 509 564",
    "WI": "262 274 353 414 534 608 715 920",
    "WV": "304 681",
    "WY": "307",
}
AREA_STATE = {
    area: state for state, areas in _STATE_AREAS.items() for area in areas.split()
}
