/**
 * "Did you mean": the known word nearest to a mistyped one.
 */

/** More than two slips of the finger is another word. */
const MOST_SLIPS = 2;

/** The candidate within two edits (fewer for short words) of `word`, or undefined. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const most = Math.min(MOST_SLIPS, Math.floor(word.length / 2));
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** How many characters must be inserted, deleted or replaced to turn `from` into `to`. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
