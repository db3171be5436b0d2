"""Names of time zones: which country uses them, and what they were called before.

Source: the tz database of 2026 (``zone.tab``, the links of ``backward``).
Asia/Urumqi and Europe/Simferopol are left out: a part of a country keeps them beside
its official time. They count where an address or a wish says so, not for all of it.
"""

#: Countries and their zones, the main one first. A bar parts the zones whose clocks
#: differ; those between two bars keep the same time, and the first speaks for them.
_COUNTRIES = """
AD Europe/Andorra; AE Asia/Dubai; AF Asia/Kabul; AG America/Antigua;
AI America/Anguilla; AL Europe/Tirane; AM Asia/Yerevan; AO Africa/Luanda;
AQ Antarctica/McMurdo | Antarctica/Casey | Antarctica/Davis | Antarctica/DumontDUrville
| Antarctica/Mawson Antarctica/Vostok | Antarctica/Palmer Antarctica/Rothera |
Antarctica/Syowa | Antarctica/Troll; AR America/Argentina/Buenos_Aires
America/Argentina/Cordoba America/Argentina/Salta America/Argentina/Jujuy
America/Argentina/Tucuman America/Argentina/Catamarca America/Argentina/La_Rioja
America/Argentina/San_Juan America/Argentina/Mendoza America/Argentina/San_Luis
America/Argentina/Rio_Gallegos America/Argentina/Ushuaia; AS Pacific/Pago_Pago;
AT Europe/Vienna; AU Australia/Sydney Antarctica/Macquarie Australia/Hobart
Australia/Melbourne | Australia/Lord_Howe | Australia/Adelaide Australia/Broken_Hill |
Australia/Brisbane Australia/Lindeman | Australia/Darwin | Australia/Perth |
Australia/Eucla; AW America/Aruba; AX Europe/Mariehamn; AZ Asia/Baku;
BA Europe/Sarajevo; BB America/Barbados; BD Asia/Dhaka; BE Europe/Brussels;
BF Africa/Ouagadougou; BG Europe/Sofia; BH Asia/Bahrain; BI Africa/Bujumbura;
BJ Africa/Porto-Novo; BL America/St_Barthelemy; BM Atlantic/Bermuda; BN Asia/Brunei;
BO America/La_Paz; BQ America/Kralendijk; BR America/Sao_Paulo America/Belem
America/Fortaleza America/Recife America/Araguaina America/Maceio America/Bahia
America/Santarem | America/Noronha | America/Manaus America/Campo_Grande America/Cuiaba
America/Porto_Velho America/Boa_Vista | America/Rio_Branco America/Eirunepe;
BS America/Nassau; BT Asia/Thimphu; BW Africa/Gaborone; BY Europe/Minsk;
BZ America/Belize; CA America/Toronto America/Iqaluit | America/St_Johns |
America/Halifax America/Glace_Bay America/Moncton America/Goose_Bay |
America/Blanc-Sablon | America/Atikokan | America/Winnipeg | America/Resolute
America/Rankin_Inlet | America/Regina America/Swift_Current | America/Edmonton
America/Inuvik | America/Cambridge_Bay | America/Vancouver | America/Whitehorse
America/Creston America/Dawson_Creek America/Fort_Nelson America/Dawson;
CC Indian/Cocos; CD Africa/Kinshasa | Africa/Lubumbashi; CF Africa/Bangui;
CG Africa/Brazzaville; CH Europe/Zurich; CI Africa/Abidjan; CK Pacific/Rarotonga;
CL America/Santiago | America/Punta_Arenas America/Coyhaique | Pacific/Easter;
CM Africa/Douala; CN Asia/Shanghai; CO America/Bogota; CR America/Costa_Rica;
CU America/Havana; CV Atlantic/Cape_Verde; CW America/Curacao; CX Indian/Christmas;
CY Asia/Nicosia Asia/Famagusta; CZ Europe/Prague; DE Europe/Berlin Europe/Busingen;
DJ Africa/Djibouti; DK Europe/Copenhagen; DM America/Dominica; DO America/Santo_Domingo;
DZ Africa/Algiers; EC America/Guayaquil | Pacific/Galapagos; EE Europe/Tallinn;
EG Africa/Cairo; EH Africa/El_Aaiun; ER Africa/Asmara; ES Europe/Madrid Africa/Ceuta |
Atlantic/Canary; ET Africa/Addis_Ababa; FI Europe/Helsinki; FJ Pacific/Fiji;
FK Atlantic/Stanley; FM Pacific/Pohnpei Pacific/Kosrae | Pacific/Chuuk;
FO Atlantic/Faroe; FR Europe/Paris; GA Africa/Libreville; GB Europe/London;
GD America/Grenada; GE Asia/Tbilisi; GF America/Cayenne; GG Europe/Guernsey;
GH Africa/Accra; GI Europe/Gibraltar; GL America/Nuuk America/Scoresbysund |
America/Danmarkshavn | America/Thule; GM Africa/Banjul; GN Africa/Conakry;
GP America/Guadeloupe; GQ Africa/Malabo; GR Europe/Athens; GS Atlantic/South_Georgia;
GT America/Guatemala; GU Pacific/Guam; GW Africa/Bissau; GY America/Guyana;
HK Asia/Hong_Kong; HN America/Tegucigalpa; HR Europe/Zagreb; HT America/Port-au-Prince;
HU Europe/Budapest; ID Asia/Jakarta Asia/Pontianak | Asia/Makassar | Asia/Jayapura;
IE Europe/Dublin; IL Asia/Jerusalem; IM Europe/Isle_of_Man; IN Asia/Kolkata;
IO Indian/Chagos; IQ Asia/Baghdad; IR Asia/Tehran; IS Atlantic/Reykjavik;
IT Europe/Rome; JE Europe/Jersey; JM America/Jamaica; JO Asia/Amman; JP Asia/Tokyo;
KE Africa/Nairobi; KG Asia/Bishkek; KH Asia/Phnom_Penh; KI Pacific/Tarawa |
Pacific/Kanton | Pacific/Kiritimati; KM Indian/Comoro; KN America/St_Kitts;
KP Asia/Pyongyang; KR Asia/Seoul; KW Asia/Kuwait; KY America/Cayman; KZ Asia/Almaty
Asia/Qyzylorda Asia/Qostanay Asia/Aqtobe Asia/Aqtau Asia/Atyrau Asia/Oral;
LA Asia/Vientiane; LB Asia/Beirut; LC America/St_Lucia; LI Europe/Vaduz;
LK Asia/Colombo; LR Africa/Monrovia; LS Africa/Maseru; LT Europe/Vilnius;
LU Europe/Luxembourg; LV Europe/Riga; LY Africa/Tripoli; MA Africa/Casablanca;
MC Europe/Monaco; MD Europe/Chisinau; ME Europe/Podgorica; MF America/Marigot;
MG Indian/Antananarivo; MH Pacific/Majuro Pacific/Kwajalein; MK Europe/Skopje;
ML Africa/Bamako; MM Asia/Yangon; MN Asia/Ulaanbaatar | Asia/Hovd; MO Asia/Macau;
MP Pacific/Saipan; MQ America/Martinique; MR Africa/Nouakchott; MS America/Montserrat;
MT Europe/Malta; MU Indian/Mauritius; MV Indian/Maldives; MW Africa/Blantyre;
MX America/Mexico_City America/Merida America/Monterrey America/Chihuahua
America/Bahia_Banderas | America/Cancun | America/Matamoros America/Ojinaga |
America/Ciudad_Juarez | America/Mazatlan America/Hermosillo | America/Tijuana;
MY Asia/Kuala_Lumpur Asia/Kuching; MZ Africa/Maputo; NA Africa/Windhoek;
NC Pacific/Noumea; NE Africa/Niamey; NF Pacific/Norfolk; NG Africa/Lagos;
NI America/Managua; NL Europe/Amsterdam; NO Europe/Oslo; NP Asia/Kathmandu;
NR Pacific/Nauru; NU Pacific/Niue; NZ Pacific/Auckland | Pacific/Chatham;
OM Asia/Muscat; PA America/Panama; PE America/Lima; PF Pacific/Tahiti |
Pacific/Marquesas | Pacific/Gambier; PG Pacific/Port_Moresby | Pacific/Bougainville;
PH Asia/Manila; PK Asia/Karachi; PL Europe/Warsaw; PM America/Miquelon;
PN Pacific/Pitcairn; PR America/Puerto_Rico; PS Asia/Gaza Asia/Hebron; PT Europe/Lisbon
Atlantic/Madeira | Atlantic/Azores; PW Pacific/Palau; PY America/Asuncion;
QA Asia/Qatar; RE Indian/Reunion; RO Europe/Bucharest; RS Europe/Belgrade;
RU Europe/Moscow Europe/Kirov Europe/Volgograd | Europe/Kaliningrad | Europe/Samara
Europe/Astrakhan Europe/Saratov Europe/Ulyanovsk | Asia/Yekaterinburg | Asia/Omsk |
Asia/Krasnoyarsk Asia/Novosibirsk Asia/Barnaul Asia/Tomsk Asia/Novokuznetsk |
Asia/Irkutsk | Asia/Yakutsk Asia/Chita Asia/Khandyga | Asia/Vladivostok Asia/Ust-Nera |
Asia/Magadan Asia/Sakhalin Asia/Srednekolymsk | Asia/Kamchatka Asia/Anadyr;
RW Africa/Kigali; SA Asia/Riyadh; SB Pacific/Guadalcanal; SC Indian/Mahe;
SD Africa/Khartoum; SE Europe/Stockholm; SG Asia/Singapore; SH Atlantic/St_Helena;
SI Europe/Ljubljana; SJ Arctic/Longyearbyen; SK Europe/Bratislava; SL Africa/Freetown;
SM Europe/San_Marino; SN Africa/Dakar; SO Africa/Mogadishu; SR America/Paramaribo;
SS Africa/Juba; ST Africa/Sao_Tome; SV America/El_Salvador; SX America/Lower_Princes;
SY Asia/Damascus; SZ Africa/Mbabane; TC America/Grand_Turk; TD Africa/Ndjamena;
TF Indian/Kerguelen; TG Africa/Lome; TH Asia/Bangkok; TJ Asia/Dushanbe;
TK Pacific/Fakaofo; TL Asia/Dili; TM Asia/Ashgabat; TN Africa/Tunis;
TO Pacific/Tongatapu; TR Europe/Istanbul; TT America/Port_of_Spain; TV Pacific/Funafuti;
TW Asia/Taipei; TZ Africa/Dar_es_Salaam; UA Europe/Kyiv; UG Africa/Kampala;
UM Pacific/Midway | Pacific/Wake; US America/New_York America/Detroit
America/Kentucky/Louisville America/Kentucky/Monticello America/Indiana/Indianapolis
America/Indiana/Vincennes America/Indiana/Winamac America/Indiana/Marengo
America/Indiana/Petersburg America/Indiana/Vevay | America/Chicago
America/Indiana/Tell_City America/Indiana/Knox America/Menominee
America/North_Dakota/Center America/North_Dakota/New_Salem America/North_Dakota/Beulah |
America/Denver America/Boise | America/Phoenix | America/Los_Angeles | America/Anchorage
America/Juneau America/Sitka America/Metlakatla America/Yakutat America/Nome |
America/Adak | Pacific/Honolulu; UY America/Montevideo; UZ Asia/Tashkent Asia/Samarkand;
VA Europe/Vatican; VC America/St_Vincent; VE America/Caracas; VG America/Tortola;
VI America/St_Thomas; VN Asia/Ho_Chi_Minh; VU Pacific/Efate; WF Pacific/Wallis;
WS Pacific/Apia; XK Europe/Belgrade; YE Asia/Aden; YT Indian/Mayotte;
ZA Africa/Johannesburg; ZM Africa/Lusaka; ZW Africa/Harare
"""

#: Older spellings that people and phone metadata still use. Some systems install them
#: apart (Debian: ``tzdata-legacy``), so they are never looked up.
_ALIASES = """
Africa/Asmera=Africa/Asmara Africa/Timbuktu=Africa/Bamako
America/Argentina/ComodRivadavia=America/Argentina/Catamarca America/Atka=America/Adak
America/Buenos_Aires=America/Argentina/Buenos_Aires
America/Catamarca=America/Argentina/Catamarca America/Coral_Harbour=America/Atikokan
America/Cordoba=America/Argentina/Cordoba America/Ensenada=America/Tijuana
America/Fort_Wayne=America/Indiana/Indianapolis America/Godthab=America/Nuuk
America/Indianapolis=America/Indiana/Indianapolis America/Jujuy=America/Argentina/Jujuy
America/Knox_IN=America/Indiana/Knox America/Louisville=America/Kentucky/Louisville
America/Mendoza=America/Argentina/Mendoza America/Montreal=America/Toronto
America/Nipigon=America/Toronto America/Pangnirtung=America/Iqaluit
America/Porto_Acre=America/Rio_Branco America/Rainy_River=America/Winnipeg
America/Rosario=America/Argentina/Cordoba America/Santa_Isabel=America/Tijuana
America/Shiprock=America/Denver America/Thunder_Bay=America/Toronto
America/Virgin=America/St_Thomas America/Yellowknife=America/Edmonton
Antarctica/South_Pole=Antarctica/McMurdo Asia/Ashkhabad=Asia/Ashgabat
Asia/Calcutta=Asia/Kolkata Asia/Choibalsan=Asia/Ulaanbaatar Asia/Chongqing=Asia/Shanghai
Asia/Chungking=Asia/Shanghai Asia/Dacca=Asia/Dhaka Asia/Harbin=Asia/Shanghai
Asia/Istanbul=Europe/Istanbul Asia/Kashgar=Asia/Urumqi Asia/Katmandu=Asia/Kathmandu
Asia/Macao=Asia/Macau Asia/Rangoon=Asia/Yangon Asia/Saigon=Asia/Ho_Chi_Minh
Asia/Tel_Aviv=Asia/Jerusalem Asia/Thimbu=Asia/Thimphu Asia/Ujung_Pandang=Asia/Makassar
Asia/Ulan_Bator=Asia/Ulaanbaatar Atlantic/Faeroe=Atlantic/Faroe
Atlantic/Jan_Mayen=Arctic/Longyearbyen Australia/ACT=Australia/Sydney
Australia/Canberra=Australia/Sydney Australia/Currie=Australia/Hobart
Australia/LHI=Australia/Lord_Howe Australia/NSW=Australia/Sydney
Australia/North=Australia/Darwin Australia/Queensland=Australia/Brisbane
Australia/South=Australia/Adelaide Australia/Tasmania=Australia/Hobart
Australia/Victoria=Australia/Melbourne Australia/West=Australia/Perth
Australia/Yancowinna=Australia/Broken_Hill Brazil/Acre=America/Rio_Branco
Brazil/DeNoronha=America/Noronha Brazil/East=America/Sao_Paulo
Brazil/West=America/Manaus Canada/Atlantic=America/Halifax
Canada/Central=America/Winnipeg Canada/Eastern=America/Toronto
Canada/Mountain=America/Edmonton Canada/Newfoundland=America/St_Johns
Canada/Pacific=America/Vancouver Canada/Saskatchewan=America/Regina
Canada/Yukon=America/Whitehorse Chile/Continental=America/Santiago
Chile/EasterIsland=Pacific/Easter Cuba=America/Havana Egypt=Africa/Cairo
Eire=Europe/Dublin Europe/Belfast=Europe/London Europe/Kiev=Europe/Kyiv
Europe/Nicosia=Asia/Nicosia Europe/Tiraspol=Europe/Chisinau Europe/Uzhgorod=Europe/Kyiv
Europe/Zaporozhye=Europe/Kyiv GB=Europe/London GB-Eire=Europe/London
Hongkong=Asia/Hong_Kong Iceland=Atlantic/Reykjavik Iran=Asia/Tehran
Israel=Asia/Jerusalem Jamaica=America/Jamaica Japan=Asia/Tokyo
Kwajalein=Pacific/Kwajalein Libya=Africa/Tripoli Mexico/BajaNorte=America/Tijuana
Mexico/BajaSur=America/Mazatlan Mexico/General=America/Mexico_City NZ=Pacific/Auckland
NZ-CHAT=Pacific/Chatham Navajo=America/Denver PRC=Asia/Shanghai
Pacific/Enderbury=Pacific/Kanton Pacific/Johnston=Pacific/Honolulu
Pacific/Ponape=Pacific/Pohnpei Pacific/Samoa=Pacific/Pago_Pago
Pacific/Truk=Pacific/Chuuk Pacific/Yap=Pacific/Chuuk Poland=Europe/Warsaw
Portugal=Europe/Lisbon ROC=Asia/Taipei ROK=Asia/Seoul Singapore=Asia/Singapore
Turkey=Europe/Istanbul US/Alaska=America/Anchorage US/Aleutian=America/Adak
US/Arizona=America/Phoenix US/Central=America/Chicago
US/East-Indiana=America/Indiana/Indianapolis US/Eastern=America/New_York
US/Hawaii=Pacific/Honolulu US/Indiana-Starke=America/Indiana/Knox
US/Michigan=America/Detroit US/Mountain=America/Denver US/Pacific=America/Los_Angeles
US/Samoa=Pacific/Pago_Pago W-SU=Europe/Moscow
"""


def _read_countries(table: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Country code to its clocks, each the zones that keep the same time."""
    countries = {}
    for entry in table.split(";"):
        country, zones = entry.split(maxsplit=1)
        countries[country] = tuple(tuple(clock.split()) for clock in zones.split("|"))
    return countries


_CLOCKS = _read_countries(_COUNTRIES)

#: ISO code of a country to one zone for each of its clocks.
COUNTRY_ZONES = {
    country: tuple(clock[0] for clock in clocks) for country, clocks in _CLOCKS.items()
}

#: Zone to the country it lies in.
ZONE_COUNTRY = {
    zone: country
    for country, clocks in _CLOCKS.items()
    # Kosovo has no zone of its own.
    if country != "XK"
    for clock in clocks
    for zone in clock
}

#: Places that share the calling code and the time of a larger neighbour.
_LIKE_A_NEIGHBOUR = {
    "Africa/El_Aaiun": "Africa/Casablanca",
    "America/Kralendijk": "America/Curacao",
    "America/Marigot": "America/Guadeloupe",
    "America/St_Barthelemy": "America/Guadeloupe",
    "Arctic/Longyearbyen": "Europe/Oslo",
    "Europe/Guernsey": "Europe/London",
    "Europe/Isle_of_Man": "Europe/London",
    "Europe/Jersey": "Europe/London",
    "Europe/Mariehamn": "Europe/Helsinki",
    "Europe/Vatican": "Europe/Rome",
}

#: Zone to the one that speaks for its clock.
ZONE_CLOCK = {
    zone: _LIKE_A_NEIGHBOUR.get(zone, clock[0])
    for clocks in _CLOCKS.values()
    for clock in clocks
    for zone in clock
}

#: Former name of a zone to its name today.
ALIASES = dict(pair.split("=") for pair in _ALIASES.split())
