import { type Caller } from '../contracts/callers';

/** Tells who somebody is by a bearer token. */
export interface TokenVerifier {
  /**
   * Who the token was issued to. Throws `unauthenticated` for whatever is not a token of this tenant for this app that is valid now, with a
   * `reason` in the details for the log; and `identity_unavailable` if that cannot be told. May run twice.
   */
  verify(token: string): Promise<Caller>;
}
