import { isIPv4, isIPv6 } from 'node:net';
import { badParameter } from '../key-vault-error';
import { bits, explicit, ia5, implicit, objectId, octets, sequence, utf8, yes } from './der';

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

export type KeyUsage = (typeof KEY_USAGES)[number];

/** Other names of a certificate's subject. */
export interface AlternativeNames {
  emails?: string[];
  dns_names?: string[];
  upns?: string[];
  uris?: string[];
  ipAddresses?: string[];
}

const USER_PRINCIPAL_NAME = '1.3.6.1.4.1.311.20.2.3';

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [yes()] : []), octets(value));
}

/** keyUsage. */
function keyUsage(usages: readonly KeyUsage[]): Buffer {
  const highest = Math.max(...usages.map((usage) => KEY_USAGES.indexOf(usage)));
  const bytes = Buffer.alloc(Math.floor(highest / 8) + 1);
  for (const usage of usages) {
    const bit = KEY_USAGES.indexOf(usage);
    const byte = Math.floor(bit / 8);
    bytes.writeUInt8(bytes.readUInt8(byte) | (0x80 >> (bit % 8)), byte);
  }
  return extension('2.5.29.15', bits(bytes, 7 - (highest % 8)), true);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('.')) throw badParameter('An IP address of the subject is not valid.');
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const middle = Array.from({ length: 8 - first.length - last.length }, () => '0');
  const all = tail === undefined ? first : [...first, ...middle, ...last];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function alternativeNames(names: AlternativeNames): Buffer[] {
  const other = (name: string): Buffer => explicit(0, objectId(USER_PRINCIPAL_NAME), explicit(0, utf8(name)));
  const text = (tag: number) => (name: string) => implicit(tag, ia5Content(name));
  const encoded = [
    ...(names.upns ?? []).map(other),
    ...(names.emails ?? []).map(text(1)),
    ...(names.dns_names ?? []).map(text(2)),
    ...(names.uris ?? []).map(text(6)),
    ...(names.ipAddresses ?? []).map((address) => implicit(7, addressBytes(address))),
  ];
  return encoded.length === 0 ? [] : [extension('2.5.29.17', sequence(...encoded))];
}

function ia5Content(name: string): Buffer {
  const element = ia5(name);
  return element.subarray(element.length - name.length);
}

/** The extensions that a request for a certificate asks for. */
export function requestedExtensions(wanted: {
  sans: AlternativeNames;
  keyUsage: readonly KeyUsage[];
  ekus: readonly string[];
}): Buffer[] {
  const { keyUsage: usages, ekus, sans } = wanted;
  return [
    ...(usages.length === 0 ? [] : [keyUsage(usages)]),
    ...(ekus.length === 0 ? [] : [extension('2.5.29.37', sequence(...ekus.map(objectId)))]),
    ...alternativeNames(sans),
    // No authority; the default is left out, as DER wants it.
    extension('2.5.29.19', sequence(), true),
  ];
}

/** subjectKeyIdentifier and authorityKeyIdentifier of a certificate that is its own issuer. */
export function keyIdentifiers(identifier: Buffer): Buffer[] {
  return [extension('2.5.29.14', octets(identifier)), extension('2.5.29.35', sequence(implicit(0, identifier)))];
}
