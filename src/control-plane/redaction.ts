import { type ArmDocument } from '../contracts/configuration';

/** Stands where something was left out. */
export const REDACTED = '[redacted]';

/** Names of members whose value, if it is a text or a number, is left out. `permissions.secrets` is a list and stays. */
const SECRET_NAME =
  /(secret|password|passphrase|^pwd$|credential|connectionstring|sas(token|key|uri|url)?$|signature|^sig$|token|(access|account|api|shared|primary|secondary|private)_?-?key)s?$/i;

/** Texts that carry a secret wherever they stand: connection strings, shared access signatures, bearer tokens, private keys. */
const SECRET_TEXT =
  /(AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)\s*=|[?&;]sig=|^Bearer\s|^eyJ[\w-]+\.[\w-]+\.|-----BEGIN [A-Z ]*PRIVATE KEY-----/i;

/** Where events are delivered: services put secrets into the path of such addresses, so only the host is kept. */
const ENDPOINT_NAME = /^endpoint(Base)?Url$/i;

/**
 * The document without what could be a secret: members with telling names, telling texts, queries and credentials in addresses, paths of event
 * endpoints, and static values of delivery attributes. Azure Resource Manager gives none of them by GET as far as is documented; this is the
 * second line. Source: learn.microsoft.com, `rest/api/eventgrid` (the full URL of an endpoint is a call of its own, `getFullUrl`).
 */
export function redacted(document: ArmDocument): ArmDocument {
  return redactedMembers(document);
}

function redactedMembers(members: ArmDocument): ArmDocument {
  const isStaticAttribute = members['type'] === 'Static' && typeof members['properties'] === 'object';
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      isStaticAttribute && name === 'properties' ? withoutValue(value) : redactedValue(name, value),
    ]),
  );
}

function redactedValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => redactedValue(isText(entry) ? '' : name, entry));
  if (typeof value === 'object' && value !== null) return redactedMembers(value as ArmDocument);
  if (!isText(value) && typeof value !== 'number') return value;
  if (SECRET_NAME.test(name)) return REDACTED;
  return isText(value) ? redactedText(name, value) : value;
}

function redactedText(name: string, text: string): string {
  if (SECRET_TEXT.test(text)) return REDACTED;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  if (!URL.canParse(text)) return REDACTED;
  const url = new URL(text);
  if (ENDPOINT_NAME.test(name)) return url.host === '' ? REDACTED : `${url.protocol}//${url.host}/`;
  if (url.search === '' && url.hash === '' && url.username === '' && url.password === '') return text;
  url.search = '';
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}

/** Azure hides the value of an attribute that is marked secret; an unmarked one may be one all the same. */
function withoutValue(properties: unknown): unknown {
  const members = properties as ArmDocument;
  return { ...redactedMembers(members), ...('value' in members ? { value: REDACTED } : {}) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
