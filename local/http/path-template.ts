/** The parameters of a path that a template names in braces. */
export type PathParameters = Readonly<Record<string, string>>;

/** The segments of a path, decoded. Empty ones are left out: SDKs write `/keys/N//wrapkey` for a versionless key. */
export function segmentsOf(pathname: string): string[] {
  return filledPartsOf(pathname).map((segment) => decodeURIComponent(segment));
}

/** The parameters if `segments` are as `template` says, else undefined. Fixed words compare without case. */
export function matchPath(template: string, segments: readonly string[]): PathParameters | undefined {
  const wanted = filledPartsOf(template);
  if (wanted.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, word] of wanted.entries()) {
    const segment = segments[index] ?? '';
    if (word.startsWith('{')) parameters[word.slice(1, -1)] = segment;
    else if (word !== segment.toLowerCase()) return undefined;
  }
  return parameters;
}

function filledPartsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
