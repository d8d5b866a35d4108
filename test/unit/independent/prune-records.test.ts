import { verifySnapshots } from '../../independent/verify';
import {
  type Container,
  foreignSigning,
  type Json,
  pemOf,
  prune,
  pruning,
  signing,
  sourceOf,
  time,
  writeChain,
  writeSnapshot,
  type Written,
} from './plain-writer';

/** Findings as `code snapshot`, records by their path. */
async function said(container: Container, more: object = {}): Promise<string[]> {
  const { findings } = await verifySnapshots({
    source: sourceOf(container),
    vault: 'contoso-prod',
    tier: 'daily',
    pinnedKeys: [pemOf(signing.publicKey)],
    pruneKeys: [pemOf(pruning.publicKey)],
    ...more,
  });
  return findings.map(({ code, snapshot, blob }) => `${code} ${snapshot ?? blob ?? ''}`.trim());
}

async function chainOf(length: number): Promise<{ container: Container; chain: Written[] }> {
  const container: Container = new Map();
  const chain = await writeChain(container, length, {}, ({ retainUntil }) => ({ retainUntil }));
  return { container, chain };
}

test('a gap, a lost beginning and both that prune records cover are no faults', async () => {
  const { container, chain } = await chainOf(5);
  const [one, two, three, four] = chain as [Written, Written, Written, Written];
  await prune(container, [two], { at: time(28) });
  expect(await said(container)).toEqual([]);
  await prune(container, [four], { at: time(30) });
  expect(await said(container)).toEqual([]);
  await prune(container, [one, three], { at: '2026-11-30T03:00:00.000Z' });
  expect(await said(container)).toEqual([]);
});

test('chains whose links do not tell a time, as the first ones of format 1, are covered all the same', async () => {
  const container: Container = new Map();
  const chain = await writeChain(container, 4);
  await prune(container, chain.slice(1, 3));
  expect(await said(container)).toEqual([]);
});

test('below the oldest present, only the number right before it must be covered', async () => {
  const { container, chain } = await chainOf(5);
  const early = await prune(container, chain.slice(0, 2), { at: time(28) });
  await prune(container, chain.slice(2, 4));
  container.delete(early);
  expect(await said(container)).toEqual([]);
});

test('within a gap, every number must be covered', async () => {
  const { container, chain } = await chainOf(5);
  const early = await prune(container, chain.slice(1, 2), { at: time(28) });
  await prune(container, chain.slice(2, 4));
  container.delete(early);
  expect(await said(container)).toEqual([`snapshot_missing ${chain[4]!.id}`]);
});

test.each<[string, Parameters<typeof prune>[2], boolean]>([
  ['by another key', { key: foreignSigning.privateKey }, true],
  ['by the signing key', { key: signing.privateKey }, true],
  ['of another vault', { record: { vault: 'https://contoso-test.vault.azure.net' } }, true],
  ['of the other tier', { record: { tier: 'monthly' } }, true],
  ['of another kind', { record: { record: 'exclude' } }, true],
  ['of another time than its name', { record: { at: time(29) } }, true],
  ['of another format', { record: { format: 2 } }, true],
  ['with a critical extension', { header: { crit: ['sr_new'], sr_new: 1 } }, true],
  ['of another type', { header: { typ: 'strongroom-manifest' } }, true],
  ['that came too early', { at: time(26) }, false],
  ['with another digest', { entries: (entry: Json) => ({ ...entry, digest: '0'.repeat(64) }) }, false],
  ['with another number', { entries: (entry: Json) => ({ ...entry, sequence: 1 }) }, false],
  [
    'of another snapshot',
    { entries: (entry: Json) => ({ ...entry, snapshot: '20261122T020000Z-000000000000' }) },
    false,
  ],
  ['that shortens the time', { at: time(26), entries: (entry: Json) => ({ ...entry, retainUntil: time(25) }) }, false],
])('a record %s covers nothing', async (_what, wishes, isRefused) => {
  const { container, chain } = await chainOf(3);
  const path = await prune(container, [chain[1]!], wishes);
  const missing = `snapshot_missing ${chain[2]!.id}`;
  expect(await said(container)).toEqual(isRefused ? [`record_refused ${path}`, missing] : [missing]);
});

test('a record that does not lead on to the snapshot before the gap breaks the chain', async () => {
  const { container, chain } = await chainOf(3);
  const previous = { snapshot: chain[0]!.id, digest: '0'.repeat(64) };
  await prune(container, [chain[1]!], { entries: (entry) => ({ ...entry, previous }) });
  expect(await said(container)).toEqual([`chain_broken ${chain[2]!.id}`]);
});

test('a record about a snapshot that is still there disturbs nothing', async () => {
  const { container, chain } = await chainOf(3);
  const before = new Map(container);
  await prune(container, [chain[1]!]);
  for (const [path, bytes] of before) container.set(path, bytes);
  expect(await said(container)).toEqual([]);
});

test('without a pinned prune key nothing counts as pruned', async () => {
  const { container, chain } = await chainOf(3);
  const path = await prune(container, [chain[1]!]);
  expect(await said(container, { pruneKeys: [] })).toEqual([
    `record_refused ${path}`,
    `snapshot_missing ${chain[2]!.id}`,
  ]);
});

test('a known head may have been pruned since', async () => {
  const { container, chain } = await chainOf(4);
  await prune(container, chain.slice(1, 3));
  for (const { id: snapshot, digest } of chain) {
    expect(await said(container, { expectedHead: { snapshot, digest } })).toEqual([]);
  }
  const stranger = { snapshot: chain[1]!.id, digest: '0'.repeat(64) };
  expect(await said(container, { expectedHead: stranger })).toEqual([`head_mismatch ${chain[1]!.id}`]);
});

test('what the other tier has seen may have been pruned, with the time that was signed', async () => {
  const { container, chain } = await chainOf(4);
  const seen = chain[1]!;
  const other: Container = new Map();
  const link = { tier: 'daily', snapshot: seen.id, sequence: 2, digest: seen.digest };
  await writeSnapshot(other, { tier: 'monthly', manifest: { otherTier: { ...link, retainUntil: seen.retainUntil } } });
  await prune(container, chain.slice(0, 2));
  expect(await said(container, { otherTierSource: sourceOf(other) })).toEqual([]);

  const astray: Container = new Map();
  await writeSnapshot(astray, { tier: 'monthly', manifest: { otherTier: { ...link, retainUntil: time(29) } } });
  expect(await said(container, { otherTierSource: sourceOf(astray) })).toEqual([`snapshot_missing ${seen.id}`]);
});
