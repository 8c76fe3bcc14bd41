"""Word lists of our own for invented people, series and texts."""

from __future__ import annotations

# fmt: off
GIVEN_NAMES = (
    "Ada", "Aiko", "Amara", "Anders", "Anika", "Arjun", "Astrid", "Aurelio", "Beatriz", "Bela",
    "Benedikt", "Bruna", "Caio", "Camille", "Carmen", "Cedric", "Chiara", "Clara", "Dario",
    "Davi", "Delia", "Dina", "Edda", "Eero", "Elena", "Elias", "Emeka", "Emil", "Esther",
    "Farah", "Felix", "Fiona", "Frida", "Gael", "Greta", "Haruto", "Hedda", "Hugo", "Ibrahim",
    "Ida", "Ines", "Iris", "Isla", "Ivo", "Jana", "Jonas", "Jorge", "Josefa", "Julian", "Kaito",
    "Kavya", "Kenji", "Lale", "Lars", "Leila", "Liam", "Lotte", "Luisa", "Mahsa", "Malik",
    "Mara", "Marek", "Mateo", "Mei", "Mika", "Mila", "Mirjam", "Moana", "Nadia", "Naoki",
    "Nell", "Nico", "Nils", "Nora", "Olga", "Omar", "Otis", "Paloma", "Petra", "Priya", "Quinn",
    "Rafael", "Rahul", "Renata", "Rhea", "Rosa", "Ruben", "Sana", "Sanjay", "Selma", "Silas",
    "Sofia", "Sven", "Tamara", "Tariq", "Tessa", "Theo", "Thiago", "Ulla", "Uma", "Valeria",
    "Vera", "Viktor", "Wanda", "Wei", "Xenia", "Yara", "Yuki", "Yusuf", "Zelda", "Zoe",
)

FAMILY_NAMES = (
    "Abbott", "Acker", "Adeyemi", "Albrecht", "Almeida", "Araki", "Arnaud", "Bakker", "Barros",
    "Bell", "Bergström", "Bianchi", "Blanc", "Brandt", "Calder", "Campos", "Castell", "Chandra",
    "Corbin", "Costa", "Crane", "Dahl", "Daly", "Desai", "Dias", "Duarte", "Dubois",
    "Eberhardt", "Ellis", "Endo", "Eriksen", "Farrow", "Ferrer", "Fischer", "Fontaine", "Fuchs",
    "Garnier", "Ghosh", "Giraud", "Goto", "Grant", "Haas", "Hale", "Hartmann", "Hayashi",
    "Hidalgo", "Holm", "Hughes", "Ibarra", "Iyer", "Jansen", "Joshi", "Kamara", "Kapoor",
    "Keller", "Kimura", "Kowalski", "Kruger", "Lacroix", "Lange", "Leal", "Lindqvist", "Lowe",
    "Maier", "Marsh", "Matsuda", "Mehta", "Mercier", "Monteiro", "Moreau", "Mori", "Nair",
    "Navarro", "Ndiaye", "Nilsen", "Nowak", "Oakley", "Okafor", "Olsen", "Ortega", "Osei",
    "Pacheco", "Park", "Patel", "Pereira", "Pohl", "Quist", "Ramos", "Rao", "Reyes", "Ritter",
    "Rocha", "Romero", "Roy", "Rübsam", "Sato", "Schreiber", "Serrano", "Shah", "Silva",
    "Soler", "Stone", "Sundberg", "Takeda", "Tanner", "Thorne", "Ueda", "Vargas", "Vega",
    "Vogel", "Voss", "Walsh", "Weiss", "Winter", "Yamane", "Young", "Zeller",
)

ADJECTIVES = (
    "Amber", "Barren", "Bitter", "Black", "Bright", "Broken", "Burning", "Cold", "Crimson",
    "Crooked", "Dark", "Distant", "Drowned", "Electric", "Empty", "Endless", "Faded", "Final",
    "Forgotten", "Fragile", "Frozen", "Gentle", "Gilded", "Glass", "Golden", "Grey", "Hidden",
    "Hollow", "Hungry", "Invisible", "Iron", "Last", "Little", "Lonely", "Long", "Lost",
    "Lucky", "Narrow", "New", "Northern", "Open", "Ordinary", "Pale", "Paper", "Perfect",
    "Quiet", "Reckless", "Restless", "Rising", "Royal", "Salt", "Second", "Secret", "Seventh",
    "Silent", "Silver", "Slow", "Small", "Southern", "Stolen", "Strange", "Sudden", "Sunken",
    "Tender", "Third", "Velvet", "Wandering", "White", "Wild", "Winter", "Wooden",
)

NOUNS = (
    "Alibi", "Ambassador", "Anatomy", "Archive", "Atlas", "Bakery", "Balcony", "Bay", "Bridge",
    "Brothers", "Cabin", "Canal", "Captain", "Castle", "Chapter", "Circuit", "City", "Clinic",
    "Coast", "Code", "Comet", "Compass", "Courthouse", "Cove", "Crossing", "Daughter", "Debt",
    "Detective", "Diary", "District", "Divide", "Doctor", "Dynasty", "Echo", "Embassy",
    "Empire", "Engine", "Exit", "Factory", "Family", "Ferry", "Fields", "Flood", "Forest",
    "Frontier", "Garden", "Gate", "Ghost", "Harbour", "Heir", "Hill", "Horizon", "Hotel",
    "House", "Hunter", "Inheritance", "Island", "Jury", "Kingdom", "Kitchen", "Lantern",
    "Ledger", "Letter", "Lighthouse", "Line", "Machine", "Manor", "Market", "Meridian",
    "Mirror", "Monsoon", "Mountain", "Neighbour", "Night", "Oath", "Observatory", "Orchard",
    "Orbit", "Orchestra", "Parade", "Passage", "Pilot", "Planet", "Port", "Promise", "Protocol",
    "Quarter", "Railway", "Reef", "Republic", "Return", "River", "Road", "Room", "Saint",
    "Season", "Shadow", "Shore", "Signal", "Sisters", "Station", "Storm", "Street", "Summer",
    "Table", "Tide", "Tower", "Trial", "Tunnel", "Valley", "Verdict", "Village", "Voyage",
    "Wall", "Widow", "Window", "Witness", "Wolf", "Year",
)
# fmt: on

SERIES_PATTERNS = (
    "{adjective} {noun}",
    "The {adjective} {noun}",
    "The {noun}",
    "{noun} of {family}",
    "{family} & {family2}",
    "{given} and the {noun}",
    "{adjective} {noun}s",
    "Beyond the {noun}",
    "{noun} Nine",
    "After the {noun}",
)

EPISODE_PATTERNS = (
    "The {noun}",
    "{adjective} {noun}",
    "{given}",
    "{given} and {given2}",
    "A {noun} for {given}",
    "What the {noun} Knew",
    "{noun}, {noun2}",
    "Leaving {family}",
    "The {adjective} One",
)

PLOTS = (
    "{given} {family} returns to a town that would rather forget the {noun}.",
    "When the {noun} goes missing, {given} {family} is the only one who asks why.",
    "Three strangers share a {noun} and one secret.",
    "A {adjective} year in the life of {given} {family}, who never wanted the {noun}.",
    "Nobody believed in the {adjective} {noun} until it answered.",
    "{given} inherits a {noun}, and with it the enemies of the {family} family.",
    "An old {noun}, a new {noun2}, and {given} between them.",
)

FILM_PLOTS = (
    "A {genre} film from {year}, directed by {director}.",
    "{director} directs this {genre} film, first shown in {year}.",
    "First shown in {year}: {director}'s {adjective} {genre} film.",
)

TAGLINES = (
    "Every {noun} has an end.",
    "Trust no {noun}.",
    "The {noun} remembers.",
    "Some {noun}s stay {adjective}.",
    "Come for the {noun}. Stay for the {noun2}.",
)

COMPANIES = (
    "Paper Boat Films",
    "Third Rail Pictures",
    "Nordlys Produktion",
    "Casa Verde Filmes",
    "Lantern & Co.",
    "Monsoon Works",
    "Quiet Room Studio",
    "Hinterland Media",
    "Akari Pictures",
    "Long Shadow Television",
)

COMMENTS = (
    "Could not stop watching.",
    "Fell asleep twice.",
    "Better than the first season.",
    "The ending!",
    "not for me",
    "Kids loved it",
    "Slow start, worth it.",
    "10/10 would cry again",
    "Sound is far too quiet.",
    "Meh.",
    "Ünglaublich gut",
    "素晴らしい",
)

NOTES = (
    "for the weekend",
    "with the kids",
    "recommended by mum",
    "before it leaves",
    "rainy day",
    "finish season 1 first",
)
