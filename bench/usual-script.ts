import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential } from '@azure/identity';
import { CertificateClient } from '@azure/keyvault-certificates';
import { KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { createGatewayHttpClient } from '../src/vault/gateway-http-client';
import { type Measurement } from './measurement';

/** Where the script finds vaults and archive. */
export interface ScriptGround {
  vaultGateway: string;
  archiveConnection: string;
  container: string;
}

const TRIES = 5;

interface Listed {
  kind: 'secret' | 'key' | 'certificate';
  name: string;
}

/**
 * What people write in an afternoon: list the vault, then back up one object after another and upload each as it came, with the SDKs as
 * they are, and a loop around each call, since they do not repeat one whose answer was torn. Nothing is sealed, read back, signed or noted, versions are not listed, nothing is resumed.
 */
export class UsualScript {
  readonly #container: ContainerClient;
  readonly #credential = new DefaultAzureCredential();
  readonly #httpClient: HttpClient;

  constructor({ vaultGateway, archiveConnection, container }: ScriptGround) {
    this.#httpClient = createGatewayHttpClient(vaultGateway, createDefaultHttpClient());
    this.#container = BlobServiceClient.fromConnectionString(archiveConnection).getContainerClient(container);
  }

  /**
   * Lists the whole vault and backs up at most `most` objects, spread evenly over it; the time of the others is taken to be the mean of these.
   */
  async run(vaultUrl: string, most: number): Promise<Measurement> {
    const options = { httpClient: this.#httpClient };
    const clients: Clients = {
      secrets: new SecretClient(vaultUrl, this.#credential, options),
      keys: new KeyClient(vaultUrl, this.#credential, options),
      certificates: new CertificateClient(vaultUrl, this.#credential, options),
    };
    const began = performance.now();
    const listed = await list(clients);
    const listingMs = performance.now() - began;

    const folder = `script/${Date.now()}`;
    const objectMs: number[] = [];
    for (const { kind, name } of spread(listed, most)) {
      const start = performance.now();
      const backup = await again(() => backUp(clients, { kind, name }));
      if (backup === undefined) throw new Error('The vault gave no backup.');
      await this.#container.getBlockBlobClient(`${folder}/${kind}/${name}`).upload(Buffer.from(backup), backup.length);
      objectMs.push(performance.now() - start);
    }
    const mean = objectMs.reduce((sum, ms) => sum + ms, 0) / objectMs.length;
    const measured = { objects: listed.length, elapsedMs: listingMs + mean * listed.length, objectMs };
    return objectMs.length < listed.length ? { ...measured, sampled: objectMs.length } : measured;
  }
}

interface Clients {
  secrets: SecretClient;
  keys: KeyClient;
  certificates: CertificateClient;
}

/** Some tries, at once, of whatever the SDK gave up. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; tries < TRIES; tries += 1) {
    try {
      return await work();
    } catch {
      // The last try says what is wrong.
    }
  }
  return work();
}

/** Everything but the keys and secrets of certificates, which the vault does not back up by themselves. */
async function list({ secrets, keys, certificates }: Clients): Promise<Listed[]> {
  return [
    ...(await again(() => namesOf('secret', secrets.listPropertiesOfSecrets()))),
    ...(await again(() => namesOf('key', keys.listPropertiesOfKeys()))),
    ...(await again(() => namesOf('certificate', certificates.listPropertiesOfCertificates()))),
  ];
}

async function namesOf(
  kind: Listed['kind'],
  properties: AsyncIterable<{ name?: string; managed?: boolean }>,
): Promise<Listed[]> {
  const listed: Listed[] = [];
  for await (const { name, managed } of properties) {
    if (name !== undefined && managed !== true) listed.push({ kind, name });
  }
  return listed;
}

function backUp({ secrets, keys, certificates }: Clients, { kind, name }: Listed): Promise<Uint8Array | undefined> {
  switch (kind) {
    case 'secret':
      return secrets.backupSecret(name);
    case 'key':
      return keys.backupKey(name);
    case 'certificate':
      return certificates.backupCertificate(name);
  }
}

function spread<T>(items: readonly T[], most: number): T[] {
  const step = Math.max(1, items.length / most);
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, index) => items[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
