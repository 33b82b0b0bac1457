/**
 * Words as one line that a POSIX shell, and what splits lines as it does, takes apart into the same words (POSIX.1-2017,
 * Shell Command Language, section 2.2.2): whatever is not plain stands in single quotes, where nothing has a meaning.
 */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
