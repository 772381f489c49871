"""The words of the made-up catalogue: artists, titles and people that exist nowhere else."""

# ruff: noqa: RUF001 - Turkish has an i without a dot

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """One corner of the catalogue. Any head goes with any tail, whatever the language."""

    country: str
    minutes: float
    artists: tuple[str, ...]
    heads: tuple[str, ...]
    tails: tuple[str, ...]
    joined: str = "{head} {tail}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


SCENES = (
    Scene(
        "GB",
        3.6,
        _words(
            "The Paper Orchard|Velvet Semaphore|Marlow & the Tideclocks|Odette Marshwood|Northbound Ferry Club"
            "|Small Hours Signal|Cass Penhallow|Tin Meridian|The Unhurried Engines|Ivy Tolliver"
        ),
        _words(
            "Lighthouse|Borrowed Coat|Second Window|Paper Lanterns|Slow Weather|Kitchen Radio|Your Handwriting"
            "|Last Train|Salt|Half a Garden|Seven Letters|Telephone Wires|Cold Tea|The Long Way|Ordinary Gold|Postcards"
        ),
        _words(
            "in Reverse|After the Rain|on the Stairs|for Beginners|at Low Tide|from Memory|Without You"
            "|Before Breakfast|in B Minor|Under Glass|and Nothing Else|by the Harbour"
        ),
    ),
    Scene(
        "US",
        5.4,
        _words(
            "Kilowatt Garden|Solvang Eighty-Four|Neon Almanac|Mirrorlake Assembly|Tesselle|Oktav Drift"
            "|Lumen & Rue|Halcyon Freight|Pale Circuitry|Dusk Cartography"
        ),
        _words(
            "Afterimage|Static Bloom|Parallax|Night Bus|Glass Motorway|Phosphor|Orbit|Undertow|Copper Sky|Signal Loss"
            "|Slipstream|Ultramarine|Ferrite|Moth Season|Lowlands|Drift"
        ),
        _words(
            "II|(Night Version)|(Extended)|at 4 AM|Sequence|in Motion|Protocol|Returning|(Harbour Mix)|Theory"
            "|Forever|Machine"
        ),
    ),
    Scene(
        "FR",
        3.5,
        _words(
            "Café Boréal|Les Nuits Obliques|Théo Lavigerie|Cendre & Sel|Baptiste Norval|La Petite Dérive|Ombeline R."
            "|Rue des Alizés|Céleste Arvor|Margaux Delvigne"
        ),
        _words(
            "La gare|Un été|Les lampes|Ton prénom|Le dernier métro|Une chambre|La mer|Les heures|Un café|Le jardin"
            "|La lettre|Mon hiver|Les oiseaux|Une valse|Le phare|Deux ombres"
        ),
        _words(
            "sous la pluie|sans retour|de minuit|à l'envers|en noir et blanc|pour demain|d'avant|au bord du monde"
            "|sans toi|du dimanche|en silence|à vol d'oiseau"
        ),
    ),
    Scene(
        "ES",
        3.4,
        _words(
            "Los Faroles del Sur|Marisol Quintañar|Río Invisible|Ciudad Lenta|Iker Zabalegui|Las Horas Rotas"
            "|Tomás Alcorta y el Mar|Luz de Agosto|Ñandú Club|Valentina Orduz"
        ),
        _words(
            "La ventana|Un domingo|Las calles|Tu sombra|El faro|Una carta|La orilla|Los relojes|Mi jardín|El verano"
            "|La distancia|Un vals|Las cigarras|El tranvía|Dos mitades|La promesa"
        ),
        _words(
            "de papel|sin nombre|al revés|de medianoche|en llamas|bajo el agua|de abril|para siempre|que no fue"
            "|sin prisa|del norte|en domingo"
        ),
    ),
    Scene(
        "BR",
        3.7,
        _words(
            "Nuvem de Abril|Joana Medrões|Os Domingos Lentos|Maré Baixa Clube|Caio Itaparé|Sertão Elétrico"
            "|Beatriz Anhaia|Trem das Sete e Meia|Coração Analógico|Dinho Valadar"
        ),
        _words(
            "O bonde|Uma rede|A varanda|Teu nome|O quintal|Saudade|A rua|Um samba|As marés|O relógio|Minha cidade"
            "|A chuva|O violão|Cinco luas|A esquina|Um bilhete"
        ),
        _words(
            "de manhã|sem pressa|de papel|na contramão|do avesso|à beira-mar|de janeiro|em ré maior|que ficou|outra vez"
            "|sem você|do interior"
        ),
    ),
    Scene(
        "DE",
        3.8,
        _words(
            "Kaltes Kino|Mila Sonnfeld|Graustufe Ost|Nachtfähre Sieben|Jonas Eberwein|Papierflieger Kollektiv"
            "|Elbe Nordnordwest|Fräulein Zufall|Stille Post Neun|Lena Harkort"
        ),
        _words(
            "Ein Zimmer|Der Sommer|Straßenlicht|Zwei Koffer|Das Telefon|Winterhafen|Dein Mantel|Ein Satz|Der letzte Bus"
            "|Fernweh|Ein Fenster|Die Brücke|Der Regen|Ein Lied|Kleine Kreise|Das Meer"
        ),
        _words(
            "ohne Namen|im Gegenlicht|nach Mitternacht|von gestern|auf Papier|für niemanden|bei offenem Fenster|am Rand"
            "|im November|aus Glas|ohne Ende|auf Zeit"
        ),
    ),
    Scene(
        "SE",
        4.1,
        _words(
            "Halvmåne Hotell|Vinterposten|Fjellro Kvartett|Åsa Lindmark Trio|Nordstjärnans Orkester|Eirik Havnesund"
            "|Sju Ljus|Kaisa Virtala|Blåtimmen & Jag|Sólveig Hrafnsdal"
        ),
        _words(
            "Snöljus|En båt|Sommarnatt|Ditt brev|Två fönster|Havet|En visa|Isen|Stationen|Min skugga|Skogen|En vals"
            "|Ljuset|Regnet|Vägen|Stjärnorna"
        ),
        _words(
            "i april|utan slut|från norr|i motljus|efter midnatt|vid kajen|som försvann|på nytt|i moll|utan dig"
            "|under isen|hemåt"
        ),
    ),
    Scene(
        "JP",
        4.3,
        _words(
            "夜行ポスト|ミナト通信社|Kohaku Drive|雨宿り計画|水無瀬ゆら|東京かみひこうき|Haru no Denwa|月曜のくじら"
            "|さざなみ団地|ネオン商店会"
        ),
        _words("地下鉄|傘|手紙|観覧車|灯台|窓|自転車|花火|電話|港|屋上|帰り道|ラジオ|金魚|約束|影"),
        _words("午前三時|夏|雨|君|夜明け|透明|十二月|遠い街|青|昨日|ふたり|最後"),
        "{tail}の{head}",
    ),
    Scene(
        "TR",
        3.9,
        _words(
            "Gece Vapuru|Ebru Saygan|Kırık Pusula|Taş Plak Cumhuriyeti|Mavi Saatler|Yağmur Sokağı|Onur Tekinalp"
            "|İncir Ağacı|Uzak Sahil Radyosu|Selin Akdora"
        ),
        _words(
            "Gece|Mektup|Sokak|Deniz|Rüzgâr|Bir şarkı|Pencere|İstasyon|Gölge|Yaz|Kırmızı ışık|Ada|Eski plak|Sabah"
            "|İki bilet|Martılar"
        ),
        _words("Uzun|Sensiz|Yarım|Mavi|Sessiz|Son|Geç|Uzak|Gri|Eski|Yeni|Kayıp"),
        "{tail} {head}",
    ),
    Scene(
        "NG",
        3.3,
        _words(
            "Lagoon City Brass|Zuri Adomako|Palmwine Static|Tunde Balogane|Highlife Parade No. 5|Ama Serwaah-Quist"
            "|Danfo Sunrise|Naledi Mokwa|Harmattan Hotel|Kofi Amparo"
        ),
        _words(
            "Sunrise|Market Day|Red Earth|Call Me|Sweet Trouble|Danfo|Big Umbrella|My Sister|Harmattan|Good Shoes"
            "|Palm Tree|Yellow Dress|No Shaking|Money|Dancing|Small Small"
        ),
        _words(
            "Again|in Lagos|Tonight|for Mama|Too Late|Pon the Road|Like Water|All Weekend"
            "|Remix|(Interlude)|Two Times|Today"
        ),
    ),
)

FIRST = _words(
    "Ines|Jonas|Amara|Yuki|Mateo|Freya|Tariq|Leila|Oskar|Chiara|Kwame|Sanne|Ravi|Elif|Bruno|Maelle|Niko|Zofia|Idris"
    "|Priya|Luca|Hana|Emil|Noor|Teodor|Aiko|Malik|Signe|Rafael|Dina|Anton|Ximena|Callum|Wei|Stella|Omar|Greta|Davi"
    "|Nadia|Felix"
)
LAST = _words(
    "Okoro|Lindqvist|Castellan|Moriyama|Ferreira|Halvorsen|Aziz|Brandt|Novak|Delacroix|Mensah|Visser|Iyer|Yildiz|Moretti"
    "|Kowalska|Santoro|Bergmann|Tanaka|Rahman|Almeida|Sørensen|Petrov|Quiroga|Marchetti|Adeyemi|Larsen|Haddad|Fontaine"
    "|Wójcik|Ramires|Ekström|Chaudhry|Vermeer|Santos|Kimura|Byrne|Demir|Horvat|Nyberg"
)
PLAYLISTS = _words(
    "Sunday kitchen|Slow mornings|On repeat|Late trains|Focus, please|Running late|Rainy windows|Friends are coming"
    "|Night shift|Long drive north|New to me|Songs for plants"
)
EPISODES = _words(
    "How bridges sing|The man who mapped the wind|A short history of queues|What bees know|Letters from a lighthouse"
    "|Why we hum|The last typewriter factory|Salt, and what came of it|Two voices and a boat|Nobody's island"
)
