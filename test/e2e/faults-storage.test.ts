import { TableClient } from '@azure/data-tables';
import { type Problem } from '../../src/contracts/api';
import { type ErrorCode } from '../../src/contracts/error-codes';
import { FaultScene } from './fault-scene';

// What befalls archive and ledger, before a run and while it is under way (docs/faults.md).

const VAULT = 'contoso-prod';

let scene: FaultScene;

beforeAll(async () => {
  scene = await FaultScene.open({ [VAULT]: { generate: { secrets: 14, keys: 4, certificates: 2, seed: 4 } } });
  await scene.expectGoodAgain(VAULT);
});
afterAll(() => scene.close());

/** Writes are refused, reads work: a full account, a disabled one, the read-only side of a failover, a role that is gone. */
const REFUSALS: [number, string, ErrorCode][] = [
  [403, 'AccountIsDisabled', 'archive_refused'],
  [403, 'InsufficientAccountPermissions', 'archive_refused'],
  [403, 'AuthorizationPermissionMismatch', 'archive_forbidden'],
  [409, 'AccountBeingCreated', 'archive_refused'],
  [404, 'ContainerNotFound', 'archive_container_missing'],
  [503, 'ServerBusy', 'archive_unavailable'],
];

test.each(REFUSALS)('an archive that answers writes midway with %i %s', async (status, code, told) => {
  const { run } = await scene.underWay(VAULT);
  await scene.lay({ kind: 'status', status, code, service: 'blob', operation: 'PutBlob' });
  await scene.hurry(run);
  await scene.expectTold(run, { status: 'failed', code: told, alerts: { backup_failed: told } });
  await scene.expectGoodAgain(VAULT);
});

test('an archive that may not even be listed: no vault is read', async () => {
  await scene.lay({ kind: 'status', status: 403, code: 'AccountIsDisabled', service: 'blob' });
  await scene.app.stack.control.delete('/vault-service/requests');
  const run = await scene.app.backUp(VAULT);
  await scene.expectTold(run.id, {
    ...{ status: 'failed', code: 'archive_refused' },
    alerts: { backup_failed: 'archive_refused' },
  });
  const { requests } = (await scene.app.stack.control.get('/vault-service/requests')) as {
    requests: { vault: string }[];
  };
  expect(requests.filter(({ vault }) => vault === VAULT)).toEqual([]);
  await scene.expectGoodAgain(VAULT);
});

test('an archive that refuses the manifest alone: there is no snapshot, and the chain goes on', async () => {
  await scene.lay({ kind: 'status', status: 403, code: 'AccountIsDisabled', service: 'blob', path: '*/manifest.jws' });
  const { run } = await scene.underWay(VAULT);
  await scene.hurry(run);
  await scene.expectTold(run, {
    ...{ status: 'failed', code: 'archive_refused' },
    alerts: { backup_failed: 'archive_refused' },
  });
  await scene.expectGoodAgain(VAULT);
});

const table = (name: string): TableClient =>
  TableClient.fromConnectionString(scene.app.stack.endpoints.connections.account, name, {
    allowInsecureConnection: true,
  });

test.each<[string, number, ErrorCode]>([
  ['audit', 503, 'audit_unavailable'],
  ['plans', 500, 'ledger_table_missing'],
  ['state', 500, 'ledger_table_missing'],
  ['runs', 500, 'ledger_table_missing'],
])('without the table %s nothing is started', async (name, status, code) => {
  const kept: Record<string, unknown>[] = [];
  for await (const row of table(name).listEntities()) kept.push(row);
  await table(name).deleteTable();
  const refused = await scene.app.call<Problem>('POST', '/backups', { body: { vaults: [VAULT] } });
  await table(name).createTable();
  expect([refused.status, refused.body.code]).toEqual([status, code]);
  for (const { etag: _etag, timestamp: _timestamp, ...row } of kept)
    await table(name).createEntity(row as { partitionKey: string; rowKey: string });
  await scene.expectGoodAgain(VAULT);
});

test.each(['objects', 'snapshots'])('the table %s is lost midway: the run fails and says so', async (name) => {
  const { run } = await scene.underWay(VAULT);
  await table(name).deleteTable();
  await scene.hurry(run);
  await table(name).createTable();
  await scene.expectTold(run, {
    ...{ status: 'failed', code: 'ledger_table_missing' },
    alerts: { backup_failed: 'ledger_table_missing' },
  });
  await scene.expectGoodAgain(VAULT);
});

test.each(['state', 'alerts'])('the table %s is lost midway: the snapshot is stored all the same', async (name) => {
  const { run, estate } = await scene.underWay(VAULT);
  await table(name).deleteTable();
  await scene.mend();
  await scene.app.waitFor(estate);
  await table(name).createTable();
  const ended = await scene.expectTold(run, { status: 'succeeded' });
  await scene.expectProved(ended);
  await scene.expectGoodAgain(VAULT);
});

test('the records of all runs are lost midway: what is in the archive counts, and the vault is free after ten minutes', async () => {
  const { run } = await scene.underWay(VAULT);
  await table('runs').deleteTable();
  await scene.mend();
  const { api } = scene.app.stack.endpoints;
  const hub = async (): Promise<string> =>
    (
      (await (
        await fetch(
          `${api}/runtime/webhooks/durabletask/instances/${run}?code=${scene.app.stack.endpoints.functionKey}`,
        )
      ).json()) as { runtimeStatus: string }
    ).runtimeStatus;
  while ((await hub()) === 'Running') await new Promise((resolve) => setTimeout(resolve, 200));
  await table('runs').createTable();
  const refused = await scene.app.call<Problem>('POST', '/backups', { body: { vaults: [VAULT] } });
  expect([refused.status, refused.body.code]).toEqual([409, 'run_in_progress']);
  await scene.app.stack.moveClock({ byMs: 11 * 60_000 });
  await scene.expectGoodAgain(VAULT);
});
