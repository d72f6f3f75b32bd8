"""Texts for training, and others for the evaluation."""

import random

_SENTENCES = """
Good evening, and welcome to the news at nine.
The ferry to the northern islands will not sail before Friday morning.
Five people were praised for pulling a puppy out of the frozen pond.
Farmers hope for rain, but the forecast promises another week of sunshine.
The mayor opened a new library with room for forty thousand books.
A power cut left most of the valley in the dark for two hours.
Scientists have found a beetle that glows blue when it is hungry.
The price of butter rose again, while bread became a little cheaper.
Our reporter spoke to a family who built their house from old ships.
Trains are running late because of leaves on the line.
The museum shows a map that nobody has been able to read.
She won the race by less than the width of a finger.
Volunteers planted eleven thousand trees along the river.
The orchestra will play outdoors if the weather allows it.
Thick fog kept the airport closed until the afternoon.
A bakery in the harbour sells bread that stays fresh for three weeks.
The bridge is to be painted green, after a vote among the children.
Please remember to put your clocks back by one hour tonight.
Doctors advise us to drink more water and to walk every day.
The oldest tree in the park was measured for the hundredth time.
Why did the choir stop singing? Nobody seems to know.
Two brothers have walked around the lake on stilts.
The company will move its workshop to the other side of town.
Fishermen saw a whale as long as four buses.
A judge decided that the rooster may go on crowing.
The film was shot in a cave below the castle.
Prices for apples, pears and plums are lower than last year.
Teachers and pupils worked together to repair the roof.
The first snow fell on the mountains this morning.
Later in the programme we will look at the sport.
Wolves have been seen near the village for the third time.
The new tram needs nine minutes from the station to the beach.
He has been collecting old radios since he was seven.
Engineers are trying to find out why the tower hums.
Bob bought a bag of big brown buttons from Mabel.
Vivian found five very fine violets in the village.
Whoever woke the owl would do well to whisper now.
She sells smooth sea shells and shiny silver spoons.
Judge George enjoyed a huge jar of orange jam.
Thirty three thieves thought they thrilled the throne.
Red lorries and yellow lorries rolled along the lane.
The quick brown fox jumps over the lazy dog.
Pack my box with five dozen jugs of liquid soap.
How now, brown cow? The sound goes round and round the town.
My mother made me a marmalade muffin on Monday.
Peter poured a pint of pepper into the paper cup.
Ooh, look at the moon! It is so smooth and blue.
Ah, father, the garden is far too dark after all.
We see three green trees each week by the sea.
Hello. My name is of no importance. How are you today?
One, two, three, four, five, six, seven, eight, nine, ten.
Eleven, twelve, thirteen, twenty, thirty, fifty, a hundred, a thousand.
Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday.
January, February, March, April, May, June, July, August.
Thank you for watching, and have a good night.
""".strip().splitlines()

_OTHERS = {
    "de": ["Guten Abend, meine Damen und Herren, hier sind die Nachrichten.", "Fünf Füchse liefen über die vereiste Brücke am Ufer.",
           "Das Wetter bleibt morgen überwiegend freundlich und mild.", "Der Zug nach München fährt heute von Gleis sieben ab.",
           "Möwen und Bären mögen offenbar dieselben süßen Beeren."],
    "fr": ["Bonsoir à tous, et bienvenue dans notre journal.", "Le vieux pont sera fermé pendant deux semaines.",
           "Une pluie fine tombe depuis ce matin sur le village.", "Les enfants ont peint le mur de la petite gare en bleu."],
    "es": ["Buenas noches, estas son las noticias de hoy.", "El barco salió del puerto a las cinco de la tarde.",
           "Muchas familias pasan el verano cerca del mar.", "El museo abre sus puertas todos los domingos."],
    "it": ["Buonasera e benvenuti al nostro programma.", "Il vecchio mulino vicino al fiume verrà riparato presto.",
           "Domani farà bel tempo in quasi tutto il paese."],
}

_WHO = ["The minister", "A young painter", "The whole village", "Every fourth pupil", "An old sailor", "The fire brigade", "My neighbour",
        "The weather service", "Our team", "A group of bakers", "The university", "Somebody", "The book club", "A shy giraffe"]
_DID = ["found", "promised", "sold", "moved", "forgot", "described", "painted", "measured", "offered", "wanted", "refused", "showed us",
        "brought back", "finally published", "has been looking for", "will have to pay for", "carefully repaired"]
_WHAT = ["a wooden boat", "five pounds of honey", "the last photograph", "a fair wage", "more room for bicycles", "the missing piano",
         "a plan for the harbour", "seven blue umbrellas", "the big clock", "a better view of the moon", "new shoes for the march",
         "two boxes of chocolate", "the law on fishing", "a very thin book", "the map of the whole valley", "purple vegetables"]
_WHERE = ["in the park", "before the storm", "at the weekend", "without a word", "near the power station", "over the phone", "in February",
          "this afternoon", "after the match", "for the third time", "with a smile", "by the bridge", "on the way home", "out of pure joy"]

# Never trained on.
EVALUATION = [
    "Tonight at eight: how a small town by the river built its own telescope, and what it saw first.",
    "Most shops were closed, but the flower market opened as usual and people came from far away.",
    "Beavers have moved into the old mill. Their dam is five metres wide, and nobody dares to remove it.",
    "The jury could not agree, so both films share the prize: a warm jumper and a bowl of soup.",
]
BUNDLED = ("Good evening. I am a drawing, and every word you see me say was computed from this sound. "
           "Give me a voice, and I will speak for you.")


def training(seed, count):
    """`count` pairs of a language and a text, the fixed ones among them."""
    chance = random.Random(seed)
    texts = [("en", text) for text in _SENTENCES] + [(language, text) for language, all in _OTHERS.items() for text in all]
    chance.shuffle(texts)
    while len(texts) < count:
        phrases = [f"{chance.choice(_WHO)} {chance.choice(_DID)} {chance.choice(_WHAT)} {chance.choice(_WHERE)}"
                   for _ in range(chance.choice([1, 1, 2]))]
        texts.append(("en", chance.choice([", and ", ". ", ", but "]).join(phrases) + "."))
    return texts[:count]
