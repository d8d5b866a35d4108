import { createHash, timingSafeEqual } from 'node:crypto';

import { type HttpCall } from './http-call';

/** Who may call an HTTP trigger. */
export type AuthLevel = 'anonymous' | 'function' | 'admin';

/** The host's one key: it counts as function, host, system and master key at once. */
export class FunctionKeys {
  readonly #digest: Buffer;

  constructor(key: string) {
    this.#digest = digest(key);
  }

  /** Whether the call carries the key, in the header `x-functions-key` or as `?code=`. */
  admits(call: HttpCall): boolean {
    const header = call.headers['x-functions-key'];
    const given = typeof header === 'string' ? header : call.query.get('code');
    return given !== null && timingSafeEqual(digest(given), this.#digest);
  }
}

/** Digests have one length, so that the comparison tells nothing about the key's. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
