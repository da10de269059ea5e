"""The sources of methods, as BibTeX. A text cites them as pandoc does: [@holm1979], [@koester2012; @moelder2021]."""

import re
from typing import NamedTuple

CITED = re.compile(r"\[(@[\w-]+(?:; @[\w-]+)*)\]")


class Reference(NamedTuple):
    """How a text names a source, and its BibTeX entry without the key."""

    label: str
    kind: str
    fields: dict[str, str]  # values as BibTeX has them


def _article(label: str, author: str, title: str, journal: str, year: str, **more: str) -> Reference:
    return Reference(label, "article", {"author": author, "title": title, "journal": journal, "year": year, **more})


def _paper(label: str, author: str, title: str, booktitle: str, year: str, **more: str) -> Reference:
    fields = {"author": author, "title": title, "booktitle": booktitle, "year": year, **more}
    return Reference(label, "inproceedings", fields)


def _other(label: str, author: str, title: str, year: str = "", **more: str) -> Reference:
    return Reference(label, "misc", {"author": author, "title": title, **({"year": year} if year else {}), **more})


CVPR = "IEEE Computer Society Conference on Computer Vision and Pattern Recognition (CVPR)"
REFERENCES = {
    # intervals and tests
    "hesterberg2015": _article(
        "Hesterberg 2015", "Hesterberg, Tim C.",
        "What Teachers Should Know About the Bootstrap: Resampling in the Undergraduate Statistics Curriculum",
        "The American Statistician", "2015", volume="69", number="4", pages="371--386",
        doi="10.1080/00031305.2015.1089789",
    ),
    "holm1979": _article(
        "Holm 1979", "Holm, Sture", "A Simple Sequentially Rejective Multiple Test Procedure",
        "Scandinavian Journal of Statistics", "1979", volume="6", number="2", pages="65--70",
    ),
    "berger1982": _article(
        "Berger 1982", "Berger, Roger L.", "Multiparameter Hypothesis Testing and Acceptance Sampling",
        "Technometrics", "1982", volume="24", number="4", pages="295--300",
    ),
    "westfall1993": Reference("Westfall and Young 1993", "book", {
        "author": "Westfall, Peter H. and Young, S. Stanley",
        "title": "Resampling-Based Multiple Testing: Examples and Methods for {$p$}-Value Adjustment",
        "publisher": "Wiley", "year": "1993",
    }),
    "nadeau2003": _article(
        "Nadeau and Bengio 2003", "Nadeau, Claude and Bengio, Yoshua", "Inference for the Generalization Error",
        "Machine Learning", "2003", volume="52", number="3", pages="239--281",
    ),
    "guo2017": _paper(
        "Guo et al. 2017", "Guo, Chuan and Pleiss, Geoff and Sun, Yu and Weinberger, Kilian Q.",
        "On Calibration of Modern Neural Networks",
        "Proceedings of the 34th International Conference on Machine Learning (ICML)", "2017", pages="1321--1330",
    ),
    # maps of what models looked at
    "selvaraju2017": _paper(
        "Selvaraju et al. 2017",
        "Selvaraju, Ramprasaath R. and Cogswell, Michael and Das, Abhishek and Vedantam, Ramakrishna and Parikh, Devi "
        "and Batra, Dhruv",
        "{Grad-CAM}: Visual Explanations from Deep Networks via Gradient-Based Localization",
        "IEEE International Conference on Computer Vision (ICCV)", "2017", pages="618--626",
    ),
    "zeiler2014": _paper(
        "Zeiler and Fergus 2014", "Zeiler, Matthew D. and Fergus, Rob",
        "Visualizing and Understanding Convolutional Networks", "European Conference on Computer Vision (ECCV)", "2014",
        pages="818--833",
    ),
    "adebayo2018": _paper(
        "Adebayo et al. 2018",
        "Adebayo, Julius and Gilmer, Justin and Muelly, Michael and Goodfellow, Ian and Hardt, Moritz and Kim, Been",
        "Sanity Checks for Saliency Maps", "Advances in Neural Information Processing Systems (NeurIPS)", "2018",
    ),
    # faces and movement
    "viola2001": _paper(
        "Viola and Jones 2001", "Viola, Paul and Jones, Michael",
        "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR, "2001",
    ),
    "dalal2005": _paper(
        "Dalal and Triggs 2005", "Dalal, Navneet and Triggs, Bill",
        "Histograms of Oriented Gradients for Human Detection", CVPR, "2005", pages="886--893",
    ),
    "king2009": _article(
        "King 2009", "King, Davis E.", "Dlib-ml: A Machine Learning Toolkit",
        "Journal of Machine Learning Research", "2009", volume="10", pages="1755--1758",
    ),
    "kalal2010": _paper(
        "Kalal et al. 2010", "Kalal, Zdenek and Mikolajczyk, Krystian and Matas, Jiri",
        "Forward-Backward Error: Automatic Detection of Tracking Failures",
        "20th International Conference on Pattern Recognition (ICPR)", "2010", pages="2756--2759",
    ),
    "farneback2003": _paper(
        "Farnebäck 2003", r'Farneb{\"a}ck, Gunnar',
        "Two-Frame Motion Estimation Based on Polynomial Expansion",
        "Image Analysis: 13th Scandinavian Conference (SCIA)", "2003", pages="363--370",
    ),
    # training
    "kingma2015": _paper(
        "Kingma and Ba 2015", "Kingma, Diederik P. and Ba, Jimmy", "Adam: A Method for Stochastic Optimization",
        "3rd International Conference on Learning Representations (ICLR)", "2015", eprint="1412.6980",
        archiveprefix="arXiv",
    ),
    # software
    "keras": _other("Chollet et al. 2015", r"Chollet, Fran{\c{c}}ois and others", "Keras", "2015",
                    howpublished="keras.io"),
    "tensorflow": _paper(
        "Abadi et al. 2016",
        r"Abadi, Mart{\'i}n and Barham, Paul and Chen, Jianmin and Chen, Zhifeng and Davis, Andy and others",
        "{TensorFlow}: A System for Large-Scale Machine Learning",
        "12th USENIX Symposium on Operating Systems Design and Implementation (OSDI)", "2016", pages="265--283",
    ),
    "jax": _other("Bradbury et al. 2018", "Bradbury, James and Frostig, Roy and Hawkins, Peter and others",
                  "{JAX}: Composable Transformations of {Python}+{NumPy} Programs", "2018",
                  howpublished="github.com/jax-ml/jax"),
    "sklearn": _article(
        "Pedregosa et al. 2011",
        r"Pedregosa, Fabian and Varoquaux, Ga{\"e}l and Gramfort, Alexandre and Michel, Vincent and others",
        "Scikit-learn: Machine Learning in {Python}", "Journal of Machine Learning Research", "2011", volume="12",
        pages="2825--2830",
    ),
    "opencv": _article("Bradski 2000", "Bradski, Gary", "The {OpenCV} Library", "Dr. Dobb's Journal of Software Tools",
                       "2000"),
    "optuna": _paper(
        "Akiba et al. 2019",
        "Akiba, Takuya and Sano, Shotaro and Yanase, Toshihiko and Ohta, Takeru and Koyama, Masanori",
        "Optuna: A Next-generation Hyperparameter Optimization Framework",
        "Proceedings of the 25th ACM SIGKDD International Conference on Knowledge Discovery and Data Mining", "2019",
        pages="2623--2631",
    ),
    "koester2012": _article(
        "Köster and Rahmann 2012", r'K{\"o}ster, Johannes and Rahmann, Sven',
        "Snakemake---a Scalable Bioinformatics Workflow Engine", "Bioinformatics", "2012", volume="28", number="19",
        pages="2520--2522", doi="10.1093/bioinformatics/bts480",
    ),
    "moelder2021": _article(
        "Mölder et al. 2021",
        r'M{\"o}lder, Felix and Jablonski, Kim Philipp and Letcher, Brice and Hall, Michael B. and others',
        "Sustainable Data Analysis with {Snakemake}", "F1000Research", "2021", volume="10", pages="33",
        doi="10.12688/f1000research.29032.2",
    ),
}  # fmt: skip


def cited(text: str) -> tuple[str, ...]:
    """The keys that a text cites, each once, in the order in which they first stand."""
    keys = (key.strip().removeprefix("@") for match in CITED.finditer(text) for key in match[1].split(";"))
    return tuple(dict.fromkeys(keys))


def labelled(text: str, more: dict[str, Reference]) -> str:
    """A text for reading: "(Holm 1979)" for [@holm1979]; `more` are references of the study's own."""
    known = REFERENCES | more
    return CITED.sub(lambda match: f"({'; '.join(known[key].label for key in cited(match[0]))})", text)


def bibtex(text: str, more: dict[str, Reference]) -> str:
    """A BibTeX entry for each source that a text cites, by key. Raises KeyError for one that is not known."""
    known = REFERENCES | more
    return "\n".join(_entry(key, known[key]) for key in sorted(cited(text)))


def _entry(key: str, reference: Reference) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in reference.fields.items())
    return f"@{reference.kind}{{{key},\n{fields}}}\n"
