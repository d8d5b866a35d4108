import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { ContainerClient } from '@azure/storage-blob';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Tier } from '../../src/contracts/objects';
import { KEY_NAMES, KEY_VAULT } from '../../local/stack/estate';
import { type Stack } from '../../local/stack/stack';
import { containerSource } from '../independent/container-source';
import { type IndexObject } from '../independent/snapshot-index';
import { type OpenedSnapshot, openSnapshot } from '../independent/open';
import { offlineOpener } from '../independent/openers';
import { type VerifiedSnapshot, verifySnapshots } from '../independent/verify';

const PERSON = '00000000-0000-4000-8000-0000000000bb';

/** A call of a vault by a person who may do everything there, as nobody of the app may. */
export async function asPerson(
  stack: Stack,
  { vault, method, path, body }: { vault: string; method: string; path: string; body?: object },
): Promise<{ status: number; body: unknown }> {
  await stack.control.put('/vault-service/roles', { principal: PERSON, vault, actions: ['*'] });
  const asked = { oid: PERSON, aud: 'https://vault.azure.net' };
  const { access_token: token } = (await stack.control.post('/vault-service/token', asked)) as { access_token: string };
  return new Promise((resolve, reject) => {
    const headers = {
      host: `${vault}.vault.azure.net`,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
    };
    request(`${stack.endpoints.vaultGateway}${path}?api-version=7.5`, { method, headers }, (response) => {
      text(response).then((answer) => {
        resolve({ status: response.statusCode ?? 0, body: answer === '' ? undefined : JSON.parse(answer) });
      }, reject);
    })
      .on('error', reject)
      .end(body && JSON.stringify(body));
  });
}

/** An offline recipient: its public half goes into RECIPIENTS, with the private one the test opens what was stored. */
export interface OfflinePair {
  publicJwk: JWK;
  privateJwk: JWK;
}

export async function offlinePair(): Promise<OfflinePair> {
  const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256', { extractable: true });
  return { publicJwk: await exportJWK(publicKey), privateJwk: await exportJWK(privateKey) };
}

/** Judges what lies in the archive with nothing but read access, the public signing key and an offline recipient's key. */
export class ArchiveJudge {
  private constructor(
    private readonly stack: Stack,
    private readonly signingKey: JWK,
    private readonly pruneKey: JWK,
    private readonly offline: OfflinePair,
    /** As they were when the judge came: where the app writes later may be a fault of the test. */
    private readonly containers = {
      daily: stack.settings['DAILY_CONTAINER'],
      monthly: stack.settings['MONTHLY_CONTAINER'],
    },
  ) {}

  /** Restarts the host with the offline recipient beside those that it has. */
  static async join(stack: Stack, offline: OfflinePair): Promise<ArchiveJudge> {
    const { RECIPIENTS = '[]' } = stack.settings;
    await stack.stopHost();
    await stack.startHost({
      RECIPIENTS: JSON.stringify([...(JSON.parse(RECIPIENTS) as object[]), { jwk: offline.publicJwk }]),
    });
    const publicKey = async (name: string): Promise<JWK> => {
      const { body } = await asPerson(stack, { vault: KEY_VAULT, method: 'GET', path: `/keys/${name}` });
      return (body as { key: JWK }).key;
    };
    return new ArchiveJudge(stack, await publicKey(KEY_NAMES.signing), await publicKey(KEY_NAMES.pruning), offline);
  }

  container(tier: Tier = 'daily'): ContainerClient {
    const name = this.containers[tier] ?? `strongroom-${tier}`;
    return new ContainerClient(this.stack.endpoints.connections.reader, name);
  }

  /** The snapshots of a vault, newest first. Throws what is wrong with them, be it a blob or the chain; notes are no fault. */
  async snapshots(
    vault: string,
    { blobsOf, tier = 'daily' }: { blobsOf?: string; tier?: Tier } = {},
  ): Promise<VerifiedSnapshot[]> {
    const { findings, snapshots } = await verifySnapshots({
      source: containerSource(this.container(tier)),
      otherTierSource: containerSource(this.container(tier === 'daily' ? 'monthly' : 'daily')),
      vault,
      tier,
      pinnedKeys: [this.signingKey],
      pruneKeys: [this.pruneKey],
      ...(blobsOf !== undefined && { readBlobsOf: (snapshot: string) => snapshot === blobsOf }),
    });
    // A chain that has not begun is no fault here.
    const faults = findings.filter(({ code, severity, snapshot }) =>
      code === 'snapshot_missing' ? snapshot !== undefined : severity === 'fault',
    );
    if (faults.length > 0) throw new Error(`The archive is damaged: ${JSON.stringify(faults)}`);
    return [...snapshots];
  }

  /** Opens a snapshot and its index, and none of its items yet. */
  async open(snapshot: VerifiedSnapshot, tier: Tier = 'daily'): Promise<OpenedSnapshot> {
    const opener = offlineOpener(this.offline.privateJwk);
    return openSnapshot({ source: containerSource(this.container(tier)), snapshot, opener });
  }

  /** Opens a snapshot and every item in it; its index. Throws for anything that does not open or is not in its place. */
  async openAll(snapshot: VerifiedSnapshot): Promise<IndexObject[]> {
    const opened = await this.open(snapshot);
    for (const object of opened.objects) {
      const kinds = new Set(object.payloads.map(({ payload }) => payload));
      if (kinds.has('native')) await opened.openItem(object);
      if (kinds.has('portable')) await opened.openPortable(object);
    }
    return [...opened.objects];
  }

  /** Paths of all blobs of a tier. */
  async paths(tier: Tier = 'daily'): Promise<string[]> {
    const paths: string[] = [];
    for await (const { name } of this.container(tier).listBlobsFlat()) paths.push(name);
    return paths;
  }
}
