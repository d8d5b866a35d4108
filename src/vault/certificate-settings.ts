import { type CertificateContact, type CertificateIssuer } from '../contracts/configuration';
import { StrongroomError } from '../errors';
import { type CertificateSettings } from './port';
import { type VaultClients } from './vault-clients';
import { translateVaultError } from './vault-errors';

/** Reads issuers and contacts over the Key Vault SDK. Limits and retries are those of the clients. */
export function createCertificateSettings(clients: VaultClients): CertificateSettings {
  return {
    listIssuers: (vaultUrl) => listIssuers(clients, vaultUrl),
    listContacts: (vaultUrl) => listContacts(clients, vaultUrl),
  };
}

async function listIssuers(clients: VaultClients, vaultUrl: string): Promise<CertificateIssuer[]> {
  try {
    const client = clients.certificates(vaultUrl);
    const issuers: CertificateIssuer[] = [];
    for await (const { id } of client.listPropertiesOfIssuers()) {
      const name = nameOf(id);
      issuers.push(toIssuer(name, await client.getIssuer(name)));
    }
    return issuers;
  } catch (error) {
    throw translateVaultError(error, 'certificatecas/read');
  }
}

/** By the id, `…/certificates/issuers/NAME`: the SDK (4.10) takes `issuers` for the name, and gives none at all in a listing. */
function nameOf(id: string | undefined): string {
  const name = id?.split('/').at(-1);
  if (name !== undefined && name !== '') return name;
  throw new StrongroomError('vault_refused', 'The vault listed an issuer without a name.');
}

async function listContacts(clients: VaultClients, vaultUrl: string): Promise<CertificateContact[]> {
  try {
    const contacts = (await clients.certificates(vaultUrl).getContacts()) ?? [];
    // The SDK's type says that one member at least is there, and so lets none be read.
    return contacts.map((contact) => toContact(contact as GivenContact));
  } catch (error) {
    const failure = translateVaultError(error, 'certificatecontacts/write');
    // A vault that has none answers as if it did not know the question.
    if (failure.code === 'source_not_found') return [];
    throw failure;
  }
}

type GivenContact = Partial<Record<'email' | 'name' | 'phone', string | null>>;

function toContact({ email, name, phone }: GivenContact): CertificateContact {
  return present({ email, name, phone });
}

/** What the SDK gives of an issuer. Account and password have no place here, although a vault gives no password. */
interface GivenIssuer {
  provider?: string | undefined;
  enabled?: boolean | undefined;
  organizationId?: string | undefined;
  administratorContacts?:
    | {
        firstName?: string | undefined;
        lastName?: string | undefined;
        email?: string | undefined;
        phone?: string | undefined;
      }[]
    | undefined;
}

function toIssuer(name: string, issuer: GivenIssuer): CertificateIssuer {
  const { provider = '', enabled, organizationId, administratorContacts = [] } = issuer;
  const administrators = administratorContacts.map(({ firstName, lastName, email, phone }) =>
    present({ firstName, lastName, email, phone }),
  );
  return {
    name,
    provider,
    ...(enabled !== undefined && { enabled }),
    ...(organizationId !== undefined && { organizationId }),
    ...(administrators.length > 0 && { administrators }),
  };
}

/** Without what is not there. */
function present<T extends string>(members: Record<T, string | null | undefined>): Partial<Record<T, string>> {
  const there = Object.entries(members).filter(([, value]) => typeof value === 'string' && value !== '');
  return Object.fromEntries(there) as Partial<Record<T, string>>;
}
