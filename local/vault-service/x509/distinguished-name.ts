import { badParameter } from '../key-vault-error';
import { ia5, objectId, printable, sequence, set, utf8 } from './der';

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  S: '2.5.4.8',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  T: '2.5.4.12',
  G: '2.5.4.42',
  E: '1.2.840.113549.1.9.1',
  EMAIL: '1.2.840.113549.1.9.1',
  DC: '0.9.2342.19200300.100.1.25',
};

const IA5_TYPES = ['1.2.840.113549.1.9.1', '0.9.2342.19200300.100.1.25'];
const COUNTRY = '2.5.4.6';

const invalid = () => badParameter('The subject is not a valid X.500 distinguished name.');

/** The DER of a name such as `CN=www.contoso.com, O="Contoso, Ltd."`; empty for the empty name. Throws 400 if it is none. */
export function encodeName(text: string): Buffer {
  const parts = text.trim() === '' ? [] : partsOf(text);
  return sequence(...parts.map((part) => set(attribute(part))));
}

/** Splits at commas that are neither quoted nor escaped. */
function partsOf(text: string): string[] {
  const parts = text.match(/(?:\\.|"(?:[^"\\]|\\.)*"|[^,"\\])+/gs) ?? [];
  if (parts.join(',') !== text) throw invalid();
  return parts;
}

function attribute(part: string): Buffer {
  const [, type, quotedValue] = /^\s*([A-Za-z]+|\d+(?:\.\d+)+)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
  if (type === undefined || quotedValue === undefined) throw invalid();
  const id = type.includes('.') ? type : ATTRIBUTES[type.toUpperCase()];
  if (id === undefined) throw invalid();
  const value = /^".*"$/s.test(quotedValue) ? quotedValue.slice(1, -1) : quotedValue;
  const plain = value.replace(/\\(.)/gs, '$1');
  const encode = id === COUNTRY ? printable : IA5_TYPES.includes(id) ? ia5 : utf8;
  return sequence(objectId(id), encode(plain));
}
