import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import { DefaultAzureCredential } from '@azure/identity';
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

interface Listed {
  kind: 'secret' | 'key';
  name: string;
}

/**
 * What people write in an afternoon: list the vault, then back up one object after another and upload each as it came, with the SDKs as
 * they are. Nothing is sealed, read back, signed or noted, versions are not listed, nothing is resumed.
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
    const secrets = new SecretClient(vaultUrl, this.#credential, options);
    const keys = new KeyClient(vaultUrl, this.#credential, options);
    const began = performance.now();
    const listed = await list(secrets, keys);
    const listingMs = performance.now() - began;

    const folder = `script/${Date.now()}`;
    const objectMs: number[] = [];
    for (const { kind, name } of spread(listed, most)) {
      const start = performance.now();
      const backup = kind === 'secret' ? await secrets.backupSecret(name) : await keys.backupKey(name);
      if (backup === undefined) throw new Error('The vault gave no backup.');
      await this.#container.getBlockBlobClient(`${folder}/${kind}/${name}`).upload(Buffer.from(backup), backup.length);
      objectMs.push(performance.now() - start);
    }
    const mean = objectMs.reduce((sum, ms) => sum + ms, 0) / objectMs.length;
    const measured = { objects: listed.length, elapsedMs: listingMs + mean * listed.length, objectMs };
    return objectMs.length < listed.length ? { ...measured, sampled: objectMs.length } : measured;
  }
}

async function list(secrets: SecretClient, keys: KeyClient): Promise<Listed[]> {
  const listed: Listed[] = [];
  for await (const { name } of secrets.listPropertiesOfSecrets()) listed.push({ kind: 'secret', name });
  for await (const { name } of keys.listPropertiesOfKeys()) listed.push({ kind: 'key', name });
  return listed;
}

function spread<T>(items: readonly T[], most: number): T[] {
  const step = Math.max(1, items.length / most);
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, index) => items[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}
