import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { estateFileSchema, estateJsonSchema, planSchema } from '../../../src/contracts/plans';
import { WHOLE_VAULT } from '../../../src/contracts/scopes';
import { backupTargetOf, changedMembers, keepsTiming, planOfSettings } from '../../../src/domain/plans';

const identity = {
  url: 'https://contoso-prod.vault.azure.net',
  subscriptionId: '11111111-2222-3333-4444-555555555555',
  geography: 'Europe',
};
const plan = (changes: object = {}) => planSchema.parse({ ...identity, ...changes });
const file = (changes: object = {}) => ({ apiVersion: 'strongroom/v1', vaults: [{ ...identity, ...changes }] });
const ajv = new Ajv({ validateFormats: false });
const schedules = { daily: '0 0 2 * * *', monthly: '0 0 2 1 * *' };

test('the published JSON Schema is the one of the code', () => {
  const published = readFileSync(join(__dirname, '../../../docs/schema/estate.schema.json'), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(estateJsonSchema())));
});

describe('zod and the JSON Schema agree', () => {
  const takes = ajv.compile(estateJsonSchema());

  test.each([
    ['the least', file()],
    ['no vault at all', { apiVersion: 'strongroom/v1', vaults: [] }],
    [
      'everything',
      file({
        tenantId: identity.subscriptionId,
        resourceId: `/subscriptions/${identity.subscriptionId}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-prod`,
        enabled: false,
        kinds: ['secret'],
        exclude: ['tmp-*', 'x?'],
        tiers: ['monthly'],
        payloads: { secret: ['native', 'portable'] },
        schedules: { monthly: '0 30 4 L * *'.replace('L', '2') },
      }),
    ],
  ])('on %s', (_name, estate) => {
    expect(estateFileSchema.safeParse(estate).error).toBeUndefined();
    expect(takes(estate)).toBe(true);
  });

  test.each([
    ['another version', { ...file(), apiVersion: 'strongroom/v2' }],
    ['an unknown member', { ...file(), secrets: [] }],
    ['an unknown member of a plan', file({ password: 'x' })],
    ['an unknown member of payloads', file({ payloads: { key: ['native'] } })],
    ['a plan without a vault', { apiVersion: 'strongroom/v1', vaults: [{ geography: 'Europe' }] }],
    ['a Managed HSM', file({ url: 'https://contoso.managedhsm.azure.net' })],
    ['an address in capitals', file({ url: 'https://Contoso.vault.azure.net' })],
    ['an address with a path', file({ url: `${identity.url}/secrets` })],
    ['a subscription that is none', file({ subscriptionId: 'mine' })],
    ['no kinds', file({ kinds: [] })],
    ['a kind twice', file({ kinds: ['secret', 'secret'] })],
    ['a tier that there is not', file({ tiers: ['weekly'] })],
    ['a glob with a slash', file({ exclude: ['a/b'] })],
    ['a schedule of five fields', file({ schedules: { daily: '0 2 * * *' } })],
    ['a text for a truth value', file({ enabled: 'yes' })],
  ])('on %s', (_name, estate) => {
    expect(estateFileSchema.safeParse(estate).success).toBe(false);
    expect(takes(estate)).toBe(false);
  });
});

test.each([
  ['more often than every quarter of an hour', { daily: '0 */10 * * * *' }],
  ['with seconds close together', { daily: '0,30 0 2 * * *' }],
  ['with hours close to each other at midnight', { daily: '0 0,55 0,23 * * *' }],
  ['on a day that never comes', { monthly: '0 0 2 31 2 *' }],
  ['on a day of the month and of the week', { monthly: '0 0 2 1 * 1' }],
])('a schedule %s is refused', (_name, wanted) => {
  expect(planSchema.safeParse({ ...identity, schedules: wanted }).success).toBe(false);
});

test.each(['0 */15 * * * *', '0 0 2 29 2 *', '0 30 1,13 * * Mon-Fri'])('the schedule %s is taken', (daily) => {
  expect(plan({ schedules: { daily } }).schedules).toEqual({ daily });
});

test.each([
  [
    'another vault',
    `/subscriptions/${identity.subscriptionId}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/other`,
  ],
  [
    'another subscription',
    '/subscriptions/22222222-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/contoso-prod',
  ],
])('a resource id of %s is refused', (_name, resourceId) => {
  expect(planSchema.safeParse({ ...identity, resourceId }).error?.issues).toMatchObject([{ path: ['resourceId'] }]);
});

test('a resource id that the settings take, whatever its case, makes no plan of them invalid', () => {
  const resourceId = `/SUBSCRIPTIONS/${identity.subscriptionId}/resourcegroups/rg/providers/microsoft.keyvault/vaults/Contoso-Prod`;
  expect(planOfSettings({ ...identity, shortName: 'contoso-prod', resourceId }).resourceId).toBe(resourceId);
});

test('two plans of one vault are refused', () => {
  const { error } = estateFileSchema.safeParse({ apiVersion: 'strongroom/v1', vaults: [identity, identity] });
  expect(error?.issues).toMatchObject([{ path: ['vaults', 1, 'url'], message: 'has a plan already' }]);
});

test('a vault of the settings is taken whole', () => {
  const vault = { ...identity, shortName: 'contoso-prod' };
  const planned = { vault, plan: planOfSettings(vault), source: 'settings', plannedSince: null } as const;
  expect(backupTargetOf(planned, 'daily', schedules, null)).toEqual({
    source: vault,
    schedule: schedules.daily,
    scope: WHOLE_VAULT,
  });
});

test("a plan's own schedule counts in its tier alone", () => {
  const vault = { ...identity, shortName: 'contoso-prod' };
  const own = plan({ schedules: { daily: '0 0 4 * * *' }, exclude: ['tmp-*'] });
  const planned = { vault, plan: own, source: 'plan', plannedSince: null } as const;
  expect(backupTargetOf(planned, 'daily', schedules, ['db-*'])).toMatchObject({
    schedule: '0 0 4 * * *',
    scope: { exclude: ['tmp-*'], select: ['db-*'] },
  });
  expect(backupTargetOf(planned, 'monthly', schedules, null).schedule).toBe(schedules.monthly);
});

test('changes of a plan are told by member', () => {
  expect(changedMembers(plan(), plan())).toEqual([]);
  expect(changedMembers(plan(), plan({ exclude: ['x'], enabled: false }))).toEqual(['enabled', 'exclude']);
  expect(changedMembers(undefined, plan())).toContain('url');
});

test('only tiers, schedules and whether it is enabled say when a vault is backed up', () => {
  expect(keepsTiming(plan(), plan({ exclude: ['x'], tiers: ['monthly', 'daily'] }))).toBe(true);
  expect(keepsTiming(plan(), plan({ tiers: ['daily'] }))).toBe(false);
  expect(keepsTiming(plan(), plan({ enabled: false }))).toBe(false);
  expect(keepsTiming(plan(), plan({ schedules: { daily: '0 0 4 * * *' } }))).toBe(false);
});
