"""What people call the columns of their tables, as `sheets.plain` gives the names."""

# Other names of a column, English and German, the surest first: the first that is there counts.
SPELLED = {
    "path": (
        "file", "filename", "filepath", "video", "videofile", "videoname", "datei", "dateiname", "dateipfad", "pfad",
        "videodatei",
    ),
    "subject": (
        "subjectid", "person", "personid", "participant", "participantid", "actor", "proband", "probandin", "probandid",
        "versuchsperson", "vp", "teilnehmer", "teilnehmerin",
    ),
    "label": ("class", "emotion", "expression", "klasse", "kategorie", "ausdruck", "gefühl", "mimik"),
    "group": ("session", "gruppe", "sitzung"),
    "sex": ("gender", "geschlecht"),
    "age": ("alter", "lebensalter"),
    "ethnicity": ("race", "ethnicgroup", "ethnie", "ethnizität", "ethnischegruppe"),
}  # fmt: skip
