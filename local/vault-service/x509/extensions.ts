import 'reflect-metadata';
import { isIPv4, isIPv6 } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
} from '@peculiar/x509';
import { badParameter } from '../key-vault-error';

/** What a key may be used for, by the names of RFC 5280, 4.2.1.3, in the order of their bits. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

type KeyUsage = (typeof KEY_USAGES)[number];

/** The kinds of alternative names, as Key Vault and the library call them. */
const NAME_TYPES = { upns: 'upn', emails: 'email', dns_names: 'dns', uris: 'url', ipAddresses: 'ip' } as const;
const NAME_KINDS = Object.keys(NAME_TYPES) as (keyof typeof NAME_TYPES)[];

/** Other names of a certificate's subject. */
type AlternativeNames = { [Kind in keyof typeof NAME_TYPES]?: string[] };

/** What the extensions of a certificate or a request say. */
export interface ExtensionFacts {
  sans: AlternativeNames;
  keyUsage: readonly KeyUsage[];
  ekus: readonly string[];
}

const isAddress = (text: string): boolean => isIPv4(text) || (isIPv6(text) && !text.includes('.'));

/** The extensions that a request for a certificate asks for. Throws 400 for an address that is none. */
export function requestedExtensions({ sans, keyUsage, ekus }: ExtensionFacts): Extension[] {
  if (sans.ipAddresses?.every(isAddress) === false) throw badParameter('An IP address of the subject is not valid.');
  const names = NAME_KINDS.flatMap((kind) => (sans[kind] ?? []).map((value) => ({ type: NAME_TYPES[kind], value })));
  const flags = keyUsage.reduce<0 | KeyUsageFlags>((all, usage) => all | KeyUsageFlags[usage], 0);
  return [
    ...(flags === 0 ? [] : [new KeyUsagesExtension(flags, true)]),
    ...(ekus.length === 0 ? [] : [new ExtendedKeyUsageExtension([...ekus])]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    new BasicConstraintsExtension(false, undefined, true),
  ];
}

/** What the extensions of `certificate` say; nothing where there are none. */
export function extensionFacts(certificate: X509Certificate): ExtensionFacts {
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const flags = certificate.getExtension(KeyUsagesExtension)?.usages ?? 0;
  const sans = NAME_KINDS.map((kind) => {
    const values = names.filter(({ type }) => type === NAME_TYPES[kind]).map(({ value }) => value);
    return values.length === 0 ? {} : { [kind]: values };
  });
  return {
    sans: Object.assign({}, ...sans) as AlternativeNames,
    keyUsage: KEY_USAGES.filter((usage) => (flags & KeyUsageFlags[usage]) !== 0),
    ekus: (certificate.getExtension(ExtendedKeyUsageExtension)?.usages ?? []).map(String),
  };
}
