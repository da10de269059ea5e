// What models answered to the test clips of a setting: pure functions of the data that report/explorer.py writes.

export const NO_FACE = 254; // answers that are no class
const NO_ROW = 255;

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

// The rows of a model: one per clip and round that has an answer.
export function rowsOf(panel, model) {
  const answers = bytes(model.answers);
  const shares = model.probabilities ? bytes(model.probabilities) : null;
  const clips = panel.clips.length;
  const classes = panel.classes.length;
  const rows = [];
  answers.forEach((answer, i) => {
    if (answer === NO_ROW) return;
    const clip = i % clips;
    const probabilities = shares && [...shares.subarray(i * classes, (i + 1) * classes)].map((share) => share / 100);
    rows.push({ clip, round: Math.floor(i / clips), answer, truth: panel.clips[clip].truth, probabilities });
  });
  return rows;
}

// The columns of the matrix: the classes, and "no face" where a row has none.
export function columnsOf(panel, rows) {
  const answered = panel.classes.map((name, i) => ({ name, answer: i }));
  return rows.some((row) => row.answer === NO_FACE) ? [...answered, { name: "no face", answer: NO_FACE }] : answered;
}

// counts[truth][column]: how many rows.
export function confusion(panel, rows, columns = columnsOf(panel, rows)) {
  const counts = panel.classes.map(() => columns.map(() => 0));
  const place = new Map(columns.map((column, i) => [column.answer, i]));
  for (const row of rows) counts[row.truth][place.get(row.answer)] += 1;
  return counts;
}

// The pairs of classes that are confused most often: [{truth, answer, count, of}], the most frequent first.
export function confusedPairs(panel, rows, most = 3) {
  const columns = columnsOf(panel, rows);
  const pairs = [];
  confusion(panel, rows, columns).forEach((line, truth) => {
    const of = line.reduce((sum, count) => sum + count, 0);
    line.forEach((count, i) => {
      if (count && columns[i].answer !== truth) pairs.push({ truth: panel.classes[truth], answer: columns[i].name, count, of });
    });
  });
  return pairs.sort((one, other) => other.count - one.count || one.count / one.of - other.count / other.of).slice(0, most);
}

// The rows of `rows` to whose clip and round the other model answers differently, each with the other's row.
export function differing(rows, others) {
  const other = new Map(others.map((row) => [`${row.clip}/${row.round}`, row]));
  return rows
    .map((row) => ({ ...row, other: other.get(`${row.clip}/${row.round}`) }))
    .filter((row) => row.other && row.other.answer !== row.answer);
}

// {clip: names of the models that are wrong on it, in any round}.
export function wrongOn(panel, tables) {
  const found = new Map();
  for (const [name, rows] of tables) {
    const clips = new Set(rows.filter((row) => row.answer !== row.truth).map((row) => row.clip));
    for (const clip of clips) found.set(clip, [...(found.get(clip) ?? []), name]);
  }
  return found;
}

// "3 clips"; where a clip has several answers, of runs or of folds, "5 answers to 3 clips".
export function countInWords(rows) {
  const clips = new Set(rows.map((row) => row.clip)).size;
  const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  return clips === rows.length ? counted(clips, "clip") : `${counted(rows.length, "answer")} to ${counted(clips, "clip")}`;
}

export function surest(row) {
  return row.probabilities ? Math.max(...row.probabilities) : 1;
}

export function answerName(panel, answer) {
  return answer === NO_FACE ? "no face" : panel.classes[answer];
}
