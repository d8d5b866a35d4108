/** One version of a secret as the vault service is seeded with it. Times in seconds since 1970. */
export interface SeededSecretVersion {
  readonly value: string;
  readonly created: number;
  readonly enabled?: boolean;
  readonly nbf?: number;
  readonly exp?: number;
  readonly contentType?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One version of a key as the vault service is seeded with it; the vault makes its material. */
interface SeededKeyVersion {
  readonly kty: 'RSA' | 'EC';
  readonly crv?: string;
  readonly size?: number;
  readonly created: number;
  readonly enabled?: boolean;
  readonly exp?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A secret with its versions, oldest first. */
export interface SeededSecret {
  readonly name: string;
  readonly versions: readonly SeededSecretVersion[];
}

/** A key with its versions, oldest first. */
export interface SeededKey {
  readonly name: string;
  readonly versions: readonly SeededKeyVersion[];
}

/** What a vault is filled with. */
export interface SeededObjects {
  readonly secrets: readonly SeededSecret[];
  readonly keys: readonly SeededKey[];
}
