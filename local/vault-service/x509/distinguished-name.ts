import 'reflect-metadata';
import { Name } from '@peculiar/x509';
import { badParameter } from '../key-vault-error';

/** Types of attributes that the library does not know by these names. */
const MORE_TYPES = { S: '2.5.4.8', STREET: '2.5.4.9', SERIALNUMBER: '2.5.4.5', EMAIL: '1.2.840.113549.1.9.1' };

// The library passes over what it does not understand; what has another form than this is therefore refused before.
const ATTRIBUTE = String.raw`\s*(?:[A-Za-z]+|\d+(?:\.\d+)+)=(?:"(?:[^"\\]|\\.)*"\s*|(?:[^",+\\]|\\.)*)`;
const NAME = new RegExp(`^(?:${ATTRIBUTE}(?:[,+]${ATTRIBUTE})*)?$`, 's');

/** A name such as `CN=www.contoso.com, O="Contoso, Ltd."`, or the empty name. Throws 400 if it is none. */
export function distinguishedName(text: string): Name {
  try {
    if (NAME.test(text)) return new Name(text, MORE_TYPES);
  } catch {
    // A type of attribute that nobody knows.
  }
  throw badParameter('The subject is not a valid X.500 distinguished name.');
}
