/** DER as this service writes it. Reading is asn1js's task, since what others write may be BER. */

function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = bigEndian(length);
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function bigEndian(value: number): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
}

/** SEQUENCE. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(0x30, ...parts);

/** SET, of parts that the caller has in order. */
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(0x31, ...parts);

/** INTEGER that is not negative; bytes are big-endian. */
export function integer(value: number | Uint8Array): Buffer {
  const bytes = typeof value === 'number' ? bigEndian(value) : Buffer.from(value);
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  return (shortest[0] ?? 0) >= 0x80 ? tagged(0x02, Buffer.from([0]), shortest) : tagged(0x02, shortest);
}

/** BOOLEAN true; false is a default everywhere here, and left out. */
export const yes = (): Buffer => tagged(0x01, Buffer.from([0xff]));

/** NULL. */
export const nothing = (): Buffer => tagged(0x05);

/** OCTET STRING. */
export const octets = (bytes: Uint8Array): Buffer => tagged(0x04, bytes);

/** BIT STRING of whole bytes, or with so many bits at the end unused. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes);

/** UTF8String. */
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));

/** PrintableString. */
export const printable = (text: string): Buffer => tagged(0x13, Buffer.from(text, 'latin1'));

/** IA5String. */
export const ia5 = (text: string): Buffer => tagged(0x16, Buffer.from(text, 'latin1'));

/** OBJECT IDENTIFIER from its dotted form. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, ...[first * 40 + second, ...rest].map(base128));
}

function base128(value: number): Buffer {
  const bytes = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift((left % 128) | 0x80);
  return Buffer.from(bytes);
}

/** Time of a certificate (RFC 5280, 4.1.2.5): UTCTime until 2049, GeneralizedTime after. `seconds` since 1970. */
export function time(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+Z$|\D/g, '');
  return digits < '2050' ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tagged(0x18, Buffer.from(`${digits}Z`));
}

/** A context-specific tag around whole elements. */
export const explicit = (tag: number, ...parts: readonly Uint8Array[]): Buffer => tagged(0xa0 | tag, ...parts);

/** A context-specific tag in the place of a primitive element's own. */
export const implicit = (tag: number, content: Uint8Array): Buffer => tagged(0x80 | tag, content);
