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

/** One version of a certificate as the vault service is seeded with it; the vault issues it. */
interface SeededCertificateVersion {
  readonly kty: 'RSA' | 'EC';
  readonly crv?: string;
  readonly size?: number;
  readonly exportable?: boolean;
  readonly contentType?: 'application/x-pkcs12' | 'application/x-pem-file';
  readonly subject?: string;
  readonly dnsNames?: readonly string[];
  readonly created: number;
  readonly enabled?: boolean;
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

/** A certificate with its versions, oldest first. The vault adds a key and a secret of the same name. */
export interface SeededCertificate {
  readonly name: string;
  readonly versions: readonly SeededCertificateVersion[];
}

/** What a vault is filled with. */
export interface SeededObjects {
  readonly secrets: readonly SeededSecret[];
  readonly keys: readonly SeededKey[];
  readonly certificates: readonly SeededCertificate[];
}

/** What the vault's listings have: kind and name of every object, and how many versions are backed up by its own. */
export function listedObjects({ secrets, keys, certificates }: SeededObjects): Map<string, number> {
  const own = (kind: string) => (object: { name: string; versions: readonly unknown[] }) =>
    [`${kind} ${object.name}`, object.versions.length] as const;
  return new Map([
    ...secrets.map(own('secret')),
    ...keys.map(own('key')),
    ...certificates.map(own('certificate')),
    // What belongs to a certificate is backed up with it.
    ...certificates.flatMap(({ name }) => [[`secret ${name}`, 0] as const, [`key ${name}`, 0] as const]),
  ]);
}
