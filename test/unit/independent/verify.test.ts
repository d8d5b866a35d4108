import { exportJWK } from 'jose';
import { type VerifyOptions, verifySnapshots } from '../../independent/verify';
import {
  type Container,
  digestOf,
  foreignSigning,
  pemOf,
  rsaSigning,
  sign,
  signing,
  sourceOf,
  thumbprintOf,
  time,
  type Wishes,
  writeChain,
  writeSnapshot,
  type Written,
} from './plain-writer';

const verify = (container: Container, more: Partial<VerifyOptions> = {}) =>
  verifySnapshots({
    source: sourceOf(container),
    vault: 'contoso-prod',
    tier: 'daily',
    pinnedKeys: [pemOf(signing.publicKey)],
    ...more,
  });

/** Findings as `severity code snapshot/blob`, which is what they are compared by. */
const said = async (container: Container, more: Partial<VerifyOptions> = {}): Promise<string[]> =>
  (await verify(container, more)).findings.map(({ severity, code, snapshot, blob }) =>
    [severity, code, ...(snapshot === undefined ? [] : [snapshot]), ...(blob === undefined ? [] : [blob])].join(' '),
  );

async function chainOf(length: number): Promise<{ container: Container; chain: Written[] }> {
  const container: Container = new Map();
  return { container, chain: await writeChain(container, length) };
}

async function single(wishes: Wishes = {}): Promise<{ container: Container; written: Written }> {
  const container: Container = new Map();
  return { container, written: await writeSnapshot(container, wishes) };
}

describe('a sound chain', () => {
  it('has no finding, and its snapshots come newest first', async () => {
    const { container, chain } = await chainOf(3);
    const { findings, snapshots } = await verify(container);
    expect(findings).toEqual([]);
    expect(snapshots.map(({ id, blobs }) => [id, blobs])).toEqual(chain.map(({ id }) => [id, 'intact']).reverse());
  });

  it('may be signed by an RSA key, pinned as a JWK', async () => {
    const signingKey = {
      kid: 'https://keys.vault.azure.net/keys/sign/2',
      thumbprint: await thumbprintOf(rsaSigning.publicKey),
    };
    const { container } = await single({
      key: rsaSigning.privateKey,
      header: { alg: 'PS256' },
      manifest: { signingKey },
    });
    const jwk = await exportJWK(rsaSigning.publicKey);
    expect(await said(container, { pinnedKeys: [JSON.stringify(jwk)] })).toEqual([]);
  });

  it('is not disturbed by other vaults and signed records in the container', async () => {
    const { container } = await chainOf(1);
    container.set('2026-11-21/contoso-test/20261121T020000Z-000000000000/manifest.jws', Buffer.from('x'));
    container.set('records/contoso-prod/20261121T020000000Z-colour.jws', Buffer.from('x'));
    container.set('records/contoso-test/20261121T020000000Z-prune.jws', Buffer.from('x'));
    expect(await said(container)).toEqual([]);
  });

  it('may carry members and headers that nobody knows yet', async () => {
    const { container } = await single({ manifest: { colour: 'blue' }, header: { sr_colour: 'blue' } });
    expect(await said(container)).toEqual([]);
  });

  it('may have leftovers, which are notes and no faults', async () => {
    const { container, chain } = await chainOf(1);
    container.set(`${chain[0]!.folder}items/leftover.jwe`, Buffer.from('x'));
    container.set('2026-11-25/contoso-prod/20261125T020000Z-000000000000/items/a.jwe', Buffer.from('x'));
    expect((await said(container)).sort()).toEqual([
      'note no_manifest 20261125T020000Z-000000000000',
      `note orphan ${chain[0]!.id} items/leftover.jwe`,
    ]);
  });
});

describe('blobs', () => {
  it.each<[string, (bytes: Buffer) => Buffer | undefined, string]>([
    ['deleted', () => undefined, 'blob_missing'],
    ['truncated', (bytes) => bytes.subarray(0, -1), 'blob_truncated'],
    ['emptied', () => Buffer.alloc(0), 'blob_truncated'],
    ['grown', (bytes) => Buffer.concat([bytes, Buffer.from(' ')]), 'blob_damaged'],
    ['bit-flipped', (bytes) => Buffer.from(bytes.map((byte, at) => (at === 700 ? byte ^ 1 : byte))), 'blob_damaged'],
  ])('that were %s are found, whatever they are', async (_how, change, code) => {
    const { container, chain } = await chainOf(2);
    const { id, folder, items, index, dataKey } = chain[0]!;
    for (const blob of [items[0]!, index, dataKey]) {
      const touched = new Map(container);
      const bytes = change(touched.get(folder + blob)!);
      if (bytes === undefined) touched.delete(folder + blob);
      else touched.set(folder + blob, bytes);
      expect(await said(touched)).toEqual([`fault ${code} ${id} ${blob}`]);
      const { snapshots } = await verify(touched);
      expect(snapshots.map(({ blobs }) => blobs)).toEqual(['intact', 'damaged']);
    }
  });

  it('that were exchanged are both found', async () => {
    const { container, written } = await single();
    const [left, right] = written.items.map((blob) => written.folder + blob) as [string, string];
    const bytes = container.get(left)!;
    container.set(left, container.get(right)!);
    container.set(right, bytes);
    expect(await said(container)).toEqual(
      [...written.items].sort().map((blob) => `fault blob_damaged ${written.id} ${blob}`),
    );
  });

  it('are read only of the snapshots that were asked for', async () => {
    const { container, chain } = await chainOf(2);
    const [old, recent] = chain as [Written, Written];
    container.delete(old.folder + old.items[0]!);
    const { findings, snapshots } = await verify(container, { readBlobsOf: (id) => id === recent.id });
    expect(findings).toEqual([]);
    expect(snapshots.map(({ blobs }) => blobs)).toEqual(['intact', 'not read']);
  });
});

describe('a manifest', () => {
  it.each<[string, Wishes]>([
    ['signed by another key', { key: foreignSigning.privateKey }],
    [
      'signed with a public key as a shared secret',
      { key: Buffer.from(pemOf(signing.publicKey)), header: { alg: 'HS256' } },
    ],
    ['signed with RSA where only P-256 is pinned', { key: rsaSigning.privateKey, header: { alg: 'PS256' } }],
    ['of another snapshot by its header', { header: { sr_snapshot: '20261122T020000Z-000000000000' } }],
    ['of another snapshot by its payload', { manifest: { snapshot: '20261122T020000Z-000000000000' } }],
    ['of another vault', { manifest: { vault: 'https://contoso-test.vault.azure.net' } }],
    ['of the other tier', { manifest: { tier: 'monthly' } }],
    ['of another type by its header', { header: { typ: 'strongroom-record' } }],
    ['of another type by its payload', { manifest: { type: 'record' } }],
    ['that names another signing key', { manifest: { signingKey: { kid: 'x', thumbprint: 'A'.repeat(43) } } }],
    ['that names no index among its blobs', { manifest: { index: `index/${'0'.repeat(32)}.jwe` } }],
    ['that leads out of its folder', { manifest: { blobs: [{ blob: '../x', digest: '0'.repeat(64), bytes: 1 }] } }],
    ['that hides failures', { manifest: { counts: { objects: 1, stored: 0, managed: 0, absent: 0, failed: 1 } } }],
    [
      'whose counts do not add up',
      { manifest: { counts: { objects: 2, stored: 0, managed: 1, absent: 0, failed: 0 } } },
    ],
    ['without a time that matters', { manifest: { nextDue: 'soon' } }],
    [
      'that is first and has a predecessor',
      { previous: { snapshot: '20261121T020000Z-000000000000', digest: '0'.repeat(64) } },
    ],
  ])('%s is damaged', async (_what, wishes) => {
    const { container, written } = await single(wishes);
    expect(await said(container)).toEqual([
      `fault manifest_damaged ${written.id} manifest.jws`,
      'fault snapshot_missing',
    ]);
  });

  it('without a signature is damaged', async () => {
    const { container, written } = await single();
    const path = `${written.folder}manifest.jws`;
    const [, payload] = container.get(path)!.toString().split('.') as [string, string];
    const header = { alg: 'none', typ: 'strongroom-manifest', sr_format: 1, sr_snapshot: written.id };
    container.set(path, Buffer.from(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`));
    expect(await said(container)).toContain(`fault manifest_damaged ${written.id} manifest.jws`);
  });

  it('is damaged by any change of its bytes', async () => {
    const { container, written } = await single();
    const path = `${written.folder}manifest.jws`;
    const bytes = container.get(path)!;
    const last = bytes.length - 1;
    const swapped = Buffer.from(bytes);
    // The last character of an ES256 signature has four bits that no signature needs.
    swapped[last] = 'AQgw'.includes(String.fromCharCode(bytes[last]!)) ? bytes[last]! + 1 : 0x41;
    const changes = [
      Buffer.concat([bytes, Buffer.from('\n')]),
      swapped,
      bytes.subarray(0, -1),
      Buffer.from(bytes.map((byte, at) => (at === 300 ? byte ^ 1 : byte))),
    ];
    for (const changed of changes) {
      expect(await said(new Map(container).set(path, changed))).toContain(
        `fault manifest_damaged ${written.id} manifest.jws`,
      );
    }
  });

  it.each<[string, Wishes]>([
    ['format in its header', { header: { sr_format: 2 } }],
    ['format in its payload', { manifest: { format: 2 } }],
  ])('with an unknown %s is refused by name', async (_where, wishes) => {
    const { container, written } = await single(wishes);
    const { findings } = await verify(container);
    expect(findings[0]).toMatchObject({ code: 'format_unknown', severity: 'fault', snapshot: written.id });
    expect(findings[0]!.detail).toMatch(/format 2/);
  });

  it('with a critical extension is refused, even one that a JOSE library would understand', async () => {
    for (const header of [
      { crit: ['sr_new'], sr_new: 1 },
      { crit: ['b64'], b64: true },
    ]) {
      const { container, written } = await single({ header });
      expect(await said(container)).toContain(`fault format_unknown ${written.id} manifest.jws`);
    }
  });

  it.each([
    ['another day', '2026-11-23/contoso-prod/'],
    ['what is no day', 'kept/contoso-prod/'],
  ])('that was moved with its folder to %s is damaged', async (_where, to) => {
    const { container, chain } = await chainOf(2);
    const { folder, id } = chain[0]!;
    for (const [path, bytes] of [...container].filter(([path]) => path.startsWith(folder))) {
      container.delete(path);
      container.set(`${to}${id}/${path.slice(folder.length)}`, bytes);
    }
    expect(await said(container)).toEqual([
      `fault manifest_damaged ${id} manifest.jws`,
      `fault snapshot_missing ${chain[1]!.id}`,
    ]);
  });

  it('that was moved to another vault is damaged there and missing here', async () => {
    const { container, chain } = await chainOf(2);
    const { folder, id } = chain[0]!;
    for (const [path, bytes] of [...container].filter(([path]) => path.startsWith(folder))) {
      container.delete(path);
      container.set(path.replace('/contoso-prod/', '/contoso-test/'), bytes);
    }
    expect(await said(container)).toEqual([`fault snapshot_missing ${chain[1]!.id}`]);
    expect(await said(container, { vault: 'contoso-test' })).toEqual([
      `fault manifest_damaged ${id} manifest.jws`,
      'fault snapshot_missing',
    ]);
  });

  it('that was copied over another snapshot of the vault is damaged', async () => {
    const { container, chain } = await chainOf(2);
    const [old, recent] = chain as [Written, Written];
    container.set(`${recent.folder}manifest.jws`, container.get(`${old.folder}manifest.jws`)!);
    expect(await said(container)).toEqual([`fault manifest_damaged ${recent.id} manifest.jws`]);
  });
});

describe('a chain', () => {
  const remove = (container: Container, { folder }: Written): void => {
    for (const path of [...container.keys()]) if (path.startsWith(folder)) container.delete(path);
  };

  it.each([
    ['a gap', 1, 2],
    ['a lost beginning', 0, 1],
  ])('with %s misses a snapshot', async (_what, lost, after) => {
    const { container, chain } = await chainOf(3);
    remove(container, chain[lost]!);
    expect(await said(container)).toEqual([`fault snapshot_missing ${chain[after]!.id}`]);
  });

  it('with two snapshots of one number is forked', async () => {
    const { container, chain } = await chainOf(2);
    const previous = { snapshot: chain[0]!.id, digest: chain[0]!.digest };
    const twin = await writeSnapshot(container, { day: 24, sequence: 2, previous });
    expect((await said(container)).sort()).toEqual(
      [chain[1]!.id, twin.id].map((id) => `fault chain_forked ${id}`).sort(),
    );
  });

  it('is broken where a snapshot names another predecessor than the one that is there', async () => {
    const { container, chain } = await chainOf(1);
    const previous = { snapshot: chain[0]!.id, digest: digestOf(Buffer.from('another')) };
    const next = await writeSnapshot(container, { day: 24, sequence: 2, previous });
    expect(await said(container)).toEqual([`fault chain_broken ${next.id}`]);
  });

  it('is broken where a predecessor was signed anew, by the right key', async () => {
    const { container, chain } = await chainOf(2);
    const path = `${chain[0]!.folder}manifest.jws`;
    const [, payload] = container.get(path)!.toString().split('.') as [string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    container.set(path, await sign({ ...claims, retainUntil: time(23) }, { sr_snapshot: chain[0]!.id }));
    expect(await said(container)).toEqual([`fault chain_broken ${chain[1]!.id}`]);
  });

  it('without any snapshot misses one', async () => {
    expect(await said(new Map())).toEqual(['fault snapshot_missing']);
  });
});

describe('a newest snapshot that was removed', () => {
  const lose = async (): Promise<{ container: Container; chain: Written[] }> => {
    const made = await chainOf(3);
    for (const path of [...made.container.keys()]) {
      if (path.startsWith(made.chain[2]!.folder)) made.container.delete(path);
    }
    return made;
  };
  const headOf = ({ id, digest }: Written) => ({ snapshot: id, digest });

  it('cannot be seen from the rest alone', async () => {
    expect(await said((await lose()).container)).toEqual([]);
  });

  it('is found by a head known from elsewhere', async () => {
    const { container, chain } = await lose();
    expect(await said(container, { expectedHead: headOf(chain[2]!) })).toEqual([`fault head_mismatch ${chain[2]!.id}`]);
    for (const head of [chain[0]!, chain[1]!]) {
      expect(await said(container, { expectedHead: headOf(head) })).toEqual([]);
    }
    const otherDigest = { snapshot: chain[1]!.id, digest: '0'.repeat(64) };
    expect(await said(container, { expectedHead: otherDigest })).toEqual([`fault head_mismatch ${chain[1]!.id}`]);
  });

  it('is found once the next one is overdue', async () => {
    const { container, chain } = await lose();
    const due = Date.parse(time(23));
    const grace = 3_600_000;
    const at = (milliseconds: number) => ({ now: new Date(milliseconds), graceMilliseconds: grace });
    expect(await said(container, at(due + grace))).toEqual([]);
    expect(await said(container, at(due + grace + 1))).toEqual([`fault snapshot_overdue ${chain[1]!.id}`]);
  });

  it('is found by the other tier, which has seen it', async () => {
    const { container, chain } = await lose();
    const other: Container = new Map();
    const seen = (written: Written, sequence: number, digest = written.digest) => ({
      otherTier: { tier: 'daily', snapshot: written.id, sequence, digest },
    });
    const first = await writeSnapshot(other, { tier: 'monthly', day: 23, manifest: seen(chain[1]!, 2) });
    const otherTierSource = sourceOf(other);
    expect(await said(container, { otherTierSource })).toEqual([]);
    const previous = { snapshot: first.id, digest: first.digest };
    const manifest = seen(chain[2]!, 3);
    const second = await writeSnapshot(other, { tier: 'monthly', day: 24, sequence: 2, previous, manifest });
    expect(await said(container, { otherTierSource })).toEqual([`fault snapshot_missing ${chain[2]!.id}`]);
    const changed = seen(chain[0]!, 1, '0'.repeat(64));
    await writeSnapshot(other, {
      tier: 'monthly',
      day: 25,
      sequence: 3,
      previous: { snapshot: second.id, digest: second.digest },
      manifest: changed,
    });
    expect(await said(container, { otherTierSource })).toContain(`fault chain_broken ${chain[0]!.id}`);
    expect(await said(other, { tier: 'monthly' })).toEqual([]);
  });
});

describe('pinned keys', () => {
  it.each([
    ['none', []],
    ['a shared secret', [{ kty: 'oct', k: 'AAAA' }]],
    ['text that is no key', ['key']],
  ])('%s are refused', async (_what, pinnedKeys) => {
    await expect(verify(new Map(), { pinnedKeys })).rejects.toThrow(/pinned/);
  });
});
