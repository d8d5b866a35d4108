import { z } from 'zod';
import { KeyVaultError } from '../key-vault-error';
import { type CertificateStore } from '../store/certificate-store';
import { type Vault } from '../vaults';
import { pageOf } from './listing';
import { type Call, type Cost, type Operation } from './operation';
import { parseBody } from './request-bodies';

const text = z.string().max(1024);

const issuerBody = z.object({
  provider: text.nullish(),
  credentials: z.object({ account_id: text.nullish(), pwd: text.nullish() }).nullish(),
  org_details: z.object({ id: text.nullish(), admin_details: z.array(z.record(z.string(), text)).nullish() }).nullish(),
  attributes: z.object({ enabled: z.boolean().nullish() }).nullish(),
});

const contactsBody = z.object({
  contacts: z.array(z.object({ email: text, name: text.nullish(), phone: text.nullish() })).min(1),
});

const keptIssuer = z.object({
  name: z.string(),
  provider: z.string(),
  credentials: z.unknown().optional(),
  org_details: z.unknown().optional(),
  attributes: z.object({ enabled: z.boolean(), created: z.int(), updated: z.int() }),
});

type Issuer = z.infer<typeof keptIssuer>;

const issuersUrl = (vault: Vault): string => `${vault.url}/certificates/issuers`;

/** The certificate authorities that a vault knows, and who is told about its certificates. */
export class CertificateIssuers {
  readonly #store: CertificateStore;
  readonly #now: () => number;

  /** `now` in milliseconds since 1970. */
  constructor(store: CertificateStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The provider of an issuer that may issue now, or undefined if there is no such issuer. */
  providerOf(vault: Vault, name: string): string | undefined {
    const note = this.#store.note(vault.name, 'issuer', name);
    const issuer = note === undefined ? undefined : keptIssuer.parse(JSON.parse(note));
    return issuer?.attributes.enabled === true ? issuer.provider : undefined;
  }

  readonly list = (call: Call): object =>
    pageOf(call, 'certificates/issuers', (after, limit) => this.#store.notes(call.vault.name, 'issuer', after, limit), {
      keyOf: ({ key }) => key,
      item: ({ note }) => {
        const { name, provider } = keptIssuer.parse(JSON.parse(note));
        return { id: `${issuersUrl(call.vault)}/${name}`, provider };
      },
    });

  readonly get = (call: Call): object => this.#bundle(call.vault, this.#kept(call));

  readonly set = (call: Call): object => {
    const body = parseBody(issuerBody.extend({ provider: text.min(1) }), call.body);
    return this.#put(call, { name: call.name, ...body }, undefined);
  };

  readonly update = (call: Call): object => {
    const before = this.#kept(call);
    const given = Object.entries(parseBody(issuerBody, call.body)).filter(([, value]) => value !== null);
    return this.#put(call, { ...before, ...Object.fromEntries(given) }, before);
  };

  readonly remove = (call: Call): object => {
    const issuer = this.#kept(call);
    this.#store.removeNote(call.vault.name, 'issuer', call.name);
    return this.#bundle(call.vault, issuer);
  };

  readonly contacts = (call: Call): object => this.#shownContacts(call);

  readonly setContacts = (call: Call): object => {
    const body = parseBody(contactsBody, call.body);
    this.#store.putNote(call.vault.name, 'contacts', JSON.stringify(body));
    return this.#shownContacts(call);
  };

  readonly removeContacts = (call: Call): object => {
    const shown = this.#shownContacts(call);
    this.#store.removeNote(call.vault.name, 'contacts');
    return shown;
  };

  #kept(call: Call): Issuer {
    const note = this.#store.note(call.vault.name, 'issuer', call.name);
    if (note === undefined) {
      throw new KeyVaultError(404, 'CertificateIssuerNotFound', `Certificate issuer not found: ${call.name}`);
    }
    return keptIssuer.parse(JSON.parse(note));
  }

  #put(call: Call, given: object, before: Issuer | undefined): object {
    const now = Math.floor(this.#now() / 1000);
    const { attributes, ...rest } = given as { attributes?: { enabled?: boolean | null } | null };
    const enabled = attributes?.enabled ?? before?.attributes.enabled ?? true;
    const times = { created: before?.attributes.created ?? now, updated: now };
    const issuer = keptIssuer.parse({ ...rest, attributes: { enabled, ...times } });
    this.#store.putNote(call.vault.name, 'issuer', JSON.stringify(issuer), call.name);
    return this.#bundle(call.vault, issuer);
  }

  /** The issuer without its password, which a vault never gives back. */
  #bundle(vault: Vault, { name, provider, credentials, org_details: organization, attributes }: Issuer): object {
    const { account_id: account } = (credentials ?? {}) as { account_id?: string };
    return {
      id: `${issuersUrl(vault)}/${name}`,
      provider,
      ...(account ? { credentials: { account_id: account } } : {}),
      ...(organization ? { org_details: organization } : {}),
      attributes,
    };
  }

  #shownContacts(call: Call): object {
    const note = this.#store.note(call.vault.name, 'contacts');
    if (note === undefined) throw new KeyVaultError(404, 'ContactsNotFound', 'Contacts not found');
    return { id: `${call.vault.url}/certificates/contacts`, ...contactsBody.parse(JSON.parse(note)) };
  }
}

/** The operations on issuers and contacts. They must stand before those on certificates, whose paths match theirs. */
export function issuerOperations(issuers: CertificateIssuers): Operation[] {
  const cost = (): Cost => ({ budget: 'vault', units: 1 });
  const one = { path: 'certificates/issuers/{name}', cost };
  const contacts = { path: 'certificates/contacts', cost, action: 'certificatecontacts/write' };
  const [read, write, remove] = ['certificatecas/read', 'certificatecas/write', 'certificatecas/delete'];
  return [
    { name: 'issuers.list', method: 'GET', path: 'certificates/issuers', action: read, cost, run: issuers.list },
    { ...one, name: 'issuers.get', method: 'GET', action: read, run: issuers.get },
    { ...one, name: 'issuers.set', method: 'PUT', action: write, run: issuers.set },
    { ...one, name: 'issuers.update', method: 'PATCH', action: write, run: issuers.update },
    { ...one, name: 'issuers.delete', method: 'DELETE', action: remove, run: issuers.remove },
    { ...contacts, name: 'contacts.get', method: 'GET', run: issuers.contacts },
    { ...contacts, name: 'contacts.set', method: 'PUT', run: issuers.setContacts },
    { ...contacts, name: 'contacts.delete', method: 'DELETE', run: issuers.removeContacts },
  ];
}
