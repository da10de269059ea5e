"""The words of the page, each explained once."""

from ferstudy.report.blocks import Details, Section, Term, Terms
from ferstudy.report.records import Results

# A word, and below it what it means; an empty line between two.
WORDS = """
UAR
Unweighted average recall: the share of each class's clips that is named right, averaged over the classes. Also called
macro recall or balanced accuracy.

Recall, precision, F1
Of the clips of a class, the share that is named so; of the clips that are named so, the share that are of it; the
harmonic mean of both.

Clip, subject
One video of one expression; the person in it.

Fold
One way to deal people into those that a model is trained on, those that choose among its epochs and settings
(validation), and those that it is tested on.

Development
Scores on validation people. They choose the best model, its epochs and the fusion.

Test
Scores on people that neither trained nor chose anything, where the audit passes.

95 % interval
A range made in such a way that, of 100 studies with other people of the same kind, it holds the true score in about
95. People are drawn again for it, not clips, since clips of one person are alike.

Paired difference
The difference of two models on the same test people: what both find hard cancels out.

p, corrected
How often a difference this large would come about if the two models were equally good; corrected (Holm, max-T) for the
number of models that are compared.

Separable
The corrected p is below 0.05. Better: above every linear baseline. Worse: below the best of them. Undecided: neither,
which is no proof of equality.

Linear baseline
A support vector machine on simple numbers. What does not beat it has not shown that a network was needed.

Fusion
Several models answer together; development rows choose their weights and the method.

Map
Where in a picture something spoke for an answer. Grad-CAM takes it from a network's gradients, occlusion from how much
the probability falls when a part is hidden. It is no proof of how a model decides.

Sanity check of maps
Models with random weights must have other maps than the trained one, or the map is of the picture and not of the model.

Sample
What a model sees at once: a clip, a part of it, or a frame. Its answers to the samples of a clip are averaged.

float16, int8
Numbers of 16 bits, and whole numbers of 8 bits, instead of 32: a smaller file, with answers that may differ.

Leak
Something of the test people was known when a model was trained or chosen, so that the score flatters.

Coverage
The share of clips in which a face was found. A clip without one counts as an error.
"""


def section(_: Results) -> Section:
    """The glossary, folded."""
    entries = [entry.split("\n", 1) for entry in WORDS.strip().split("\n\n")]
    terms = tuple(Term(word, (text.replace("\n", " "),)) for word, text in entries)
    return Section("glossary", "Glossary", (Details(f"{len(terms)} words of this page", (Terms(terms),)),))
