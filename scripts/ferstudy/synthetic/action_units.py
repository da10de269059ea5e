"""The facial action units that the built-in faces can make, and which of them make an expression.

Sources: Ekman, Friesen & Hager, Facial Action Coding System (2002), for the units; the EMFACS table as printed in the
thesis of the BU-4DFE studies for the expressions (happiness 6+12, sadness 1+4+15, surprise 1+2+5B, fear
1+2+4+5+7+20+26, anger 4+5+7+23, disgust 9+15+16). That table gives surprise no mouth; AU25+26 for surprise and AU25
for fear are added here, after the FACS manual's own prototypes. Contempt is no part of it: one corner of the lips is
tightened and lifted (12+14 of one side: Ekman & Friesen, A new pan-cultural facial expression of emotion, 1986). Unit
14 here is of one side, and lifts the corner a little for the weak 12 that goes with it.
"""

AUS = (1, 2, 4, 5, 6, 7, 9, 12, 15, 16, 20, 23, 25, 26, 45, 14)
INDEX = {unit: position for position, unit in enumerate(AUS)}
ONE_SIDED = 14
# How many random numbers are drawn for the units, and which of them is whose. 14 came later and takes those of 12, the
# other unit of the lip corners: so nobody's face and no clip changed.
DRAWN = 15
WHOSE = [*range(DRAWN), INDEX[12]]
NAMES = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    12: "lip corner puller",
    15: "lip corner depressor",
    16: "lower lip depressor",
    20: "lip stretcher",
    23: "lip tightener",
    25: "lips part",
    26: "jaw drop",
    45: "blink",
    14: "dimpler, of one side",
}

# Weights at full intensity. 1 is the strongest a person does on request; the letter B of FACS (slight) is 0.5.
EMFACS = {
    "anger": {4: 1.0, 5: 0.6, 7: 0.8, 23: 1.0},
    "disgust": {9: 1.0, 15: 0.6, 16: 0.8},
    "fear": {1: 0.9, 2: 0.6, 4: 0.6, 5: 1.0, 7: 0.3, 20: 1.0, 25: 0.5, 26: 0.4},
    "happiness": {6: 1.0, 12: 1.0},
    "sadness": {1: 1.0, 4: 0.6, 15: 1.0},
    "surprise": {1: 0.9, 2: 1.0, 5: 0.5, 25: 0.8, 26: 1.0},
}
CONTEMPT = {14: 1.0}
EXPRESSIONS = {**EMFACS, "contempt": CONTEMPT}
NEUTRAL = "neutral"

# The units without which an expression would not be that expression: whoever shows it shows these.
SIGNATURE = {
    "anger": (4,),
    "contempt": (14,),
    "disgust": (9,),
    "fear": (20,),
    "happiness": (12,),
    "sadness": (15,),
    "surprise": (25, 26),
}
