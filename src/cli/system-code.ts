/**
 * The code of an error or of its innermost cause that has one, such as `ECONNRESET`; `undefined` if there is none. Nothing else of a foreign error is
 * safe to print: its text may quote headers and addresses.
 */
export function systemCode(error: unknown): string | undefined {
  let code: string | undefined;
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : undefined) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(at.code)) code = at.code;
  }
  return code;
}
