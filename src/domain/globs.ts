/**
 * Whether a name fits a glob as a whole, without regard to case: `*` stands for any characters or none, `?` for exactly one. Takes at most as many
 * steps as both lengths multiplied, whatever the glob is.
 */
export function fitsGlob(name: string, glob: string): boolean {
  const text = name.toLowerCase();
  const pattern = glob.toLowerCase();
  let [at, next] = [0, 0];
  // Where to go on if what follows the last star does not fit: after the star, with one more character for it.
  let [star, taken] = [-1, 0];
  while (at < text.length) {
    if (pattern[next] === '*') {
      [star, taken] = [next, at];
      next += 1;
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      taken += 1;
      [at, next] = [taken, star + 1];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(next));
}

/** Whether a name fits one of the globs. */
export function fitsAny(name: string, globs: readonly string[]): boolean {
  return globs.some((glob) => fitsGlob(name, glob));
}
