/**
 * Takes a line apart into words as a POSIX shell does, without expanding anything (what the Rust crate `shlex` does for
 * zinit); null when a quote is not closed.
 */
export function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'" || char === '"') {
      const quoted = readQuoted(line, at);
      if (quoted === null) return null;
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else if (char === "\\") {
      at += 1;
      if (at >= line.length) return null;
      word = (word ?? "") + (line[at] ?? "");
    } else word = (word ?? "") + char;
  }
  return word === null ? words : [...words, word];
}

/** What stands between the quote at a place and its closing one. */
function readQuoted(line: string, start: number): { text: string; end: number } | null {
  const quote = line[start];
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === quote) return { text, end: at };
    // Within double quotes a backslash takes away the meaning of few characters (POSIX.1-2017 section 2.2.3).
    if (quote === '"' && line[at] === "\\" && /["\\$`]/.test(line[at + 1] ?? "")) at += 1;
    text += line[at] ?? "";
  }
  return null;
}
