import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Members } from '../../independent/members';
import { readPortable } from '../../independent/portable';
import { type IndexObject } from '../../independent/snapshot-index';

const dataKey = randomBytes(32);
const dataKeys = new Map([['k', new Uint8Array(dataKey)]]);
const fingerprint = (value: string): string =>
  createHmac('sha256', Buffer.from(hkdfSync('sha256', dataKey, '', 'strongroom/1/fingerprint', 32)))
    .update(`secret\0${value}`)
    .digest('base64url');

type Json = Record<string, unknown>;
const version = (name: string, more: Json = { value: `value ${name}` }): Json => ({
  version: name,
  enabled: true,
  ...more,
});

/** Parts with the given versions, and the index entry that belongs to them. */
function written(parts: Json[][]): { parts: Json[]; object: IndexObject } {
  const versions = parts.flat();
  const valued = versions.filter(({ value }) => typeof value === 'string');
  const object = {
    kind: 'secret',
    name: 'db',
    outcome: 'stored',
    attributes: { enabled: true },
    versions: versions.map((one) => ({ version: String(one['version']), enabled: true })),
    payloads: parts.map((_, index) => ({ payload: 'portable', blob: `items/${index}.jwe` })),
    notes: [],
    unreadable: versions.filter(({ missing }) => missing === 'unreadable_disabled').length,
    unexportable: 0,
    fingerprint: {
      dataKey: 'k',
      versions: Object.fromEntries(valued.map((one) => [String(one['version']), fingerprint(String(one['value']))])),
    },
  } satisfies IndexObject;
  const takenAt = '2026-11-22T02:00:07.113Z';
  return { parts: parts.map((content, index) => ({ part: index + 1, takenAt, versions: content })), object };
}

const read = ({ parts, object }: ReturnType<typeof written>) =>
  readPortable(
    parts.map((part) => new Members(part, 'item')),
    object,
    dataKeys,
  );

const THREE = [[version('3'), version('2', { missing: 'unreadable_disabled' })], [version('1')]];

it('puts the parts together', () => {
  expect(read(written(THREE)).versions.map(({ value }) => value)).toEqual(['value 3', undefined, 'value 1']);
});

it.each<[string, (subject: ReturnType<typeof written>) => unknown]>([
  ['parts in another order', ({ parts }) => parts.reverse()],
  ['a part that is not there', ({ parts }) => parts.pop()],
  ['no part at all', ({ parts }) => parts.splice(0)],
  ['a version that the index does not list', ({ parts }) => (parts[1]!['versions'] as Json[]).push(version('0'))],
  ['a version that the index lists and no part has', ({ parts }) => (parts[1]!['versions'] as Json[]).pop()],
  ['another value than that of the fingerprint', ({ parts }) => ((parts[1]!['versions'] as Json[])[0]!['value'] = 'x')],
  ['a value without fingerprint', ({ object }) => Reflect.deleteProperty(object.fingerprint!.versions, '1')],
  ['no fingerprints', ({ object }) => Reflect.deleteProperty(object, 'fingerprint')],
  ['fingerprints under an unknown key', ({ object }) => Reflect.set(object.fingerprint!, 'dataKey', 'other')],
  ['more versions without value than the index says', ({ object }) => Reflect.set(object, 'unreadable', 0)],
])('refuses %s', (_what, change) => {
  const subject = written(THREE);
  change(subject);
  expect(() => read(subject)).toThrow(expect.objectContaining({ code: 'index_disagrees' }) as Error);
});

it('refuses a version without value that gives no reason', () => {
  expect(() => read(written([[version('1', {})]]))).toThrow(TypeError);
});
