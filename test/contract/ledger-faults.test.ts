import { createServer } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { type Ledger, type ObjectRow } from '../../src/ledger/port';
import { createLedger } from '../../src/ledger/table-ledger';
import { createTables } from '../../src/ledger/tables';
import { connectionStringTo, type RunningAzurite, startAzurite } from '../fakes/azurite';
import { type BlobProxy, startBlobProxy, type Treatment } from '../fakes/blob-proxy';
import { dataKey, idAt, listed, runOf, snapshotOf, storedRow, versions } from './ledger-records';

// The proxy takes any HTTP service of a storage account, so the table service too.

const tables = ['runs', 'objects', 'snapshots', 'state', 'audit', 'alerts', 'plans'];
const sub = (status: string, code: string) =>
  [
    '--batchresponse_b\r\nContent-Type: multipart/mixed; boundary=changesetresponse_c\r\n',
    '--changesetresponse_c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n',
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n`,
    `{"odata.error":{"code":"${code}","message":{"lang":"en-US","value":"0:no"}}}`,
    '--changesetresponse_c--\r\n--batchresponse_b--\r\n',
  ].join('\r\n');
const serverBusy: Treatment = { answer: 202, body: sub('503 Service Unavailable', 'ServerBusy') };

describe('the ledger in table storage, through faults', () => {
  let azurite: RunningAzurite;
  let proxy: BlobProxy;
  let ledger: Ledger;
  let connectionString: string;

  beforeAll(async () => {
    azurite = await startAzurite();
    const service = TableServiceClient.fromConnectionString(azurite.connectionString, {
      allowInsecureConnection: true,
    });
    for (const table of tables) await service.createTable(table);
    proxy = await startBlobProxy(azurite.tableUrl);
    connectionString = connectionStringTo({ blobUrl: azurite.blobUrl, tableUrl: proxy.url });
    ledger = createLedger(createTables({ connectionString }));
  });
  afterAll(async () => {
    await proxy.stop();
    await azurite.stop();
  });

  const tableOf = (name: string) =>
    TableClient.fromConnectionString(azurite.connectionString, name, { allowInsecureConnection: true });
  const rowsOf = async (table: string, filter: string) => {
    const rows: { rowKey?: string }[] = [];
    for await (const row of tableOf(table).listEntities({ queryOptions: { filter } })) rows.push(row);
    return rows;
  };
  const requests = async (work: () => Promise<unknown>): Promise<number> => {
    const before = proxy.seen.length;
    await work();
    return proxy.seen.length - before;
  };

  describe('whose answer is lost', () => {
    it('adds objects once', async () => {
      proxy.expect('POST', 'lose-answer', 2);
      await ledger.objects.add(
        'lost',
        0,
        Array.from({ length: 250 }, (_, index) => listed(`lost-${index}`)),
      );
      const rows = await ledger.objects.read('lost', 0, 1_000);
      expect(rows.map(({ name }) => name)).toEqual(Array.from({ length: 250 }, (_, index) => `lost-${index}`));
    });

    it('but refuses to add objects where others are', async () => {
      await ledger.objects.add('taken', 0, [listed('a'), listed('b')]);
      await expect(ledger.objects.add('taken', 1, [listed('c')])).rejects.toMatchObject({ code: 'ledger_conflict' });
    });

    it('records a batch once', async () => {
      await ledger.objects.add('batch', 0, [listed('a'), listed('b')]);
      const rows = (await ledger.objects.read('batch', 0, 2)).map((row) => storedRow(row));
      proxy.expect('POST', 'lose-answer');
      await ledger.objects.recordBatch('batch', rows, [dataKey('k')]);
      expect(await ledger.objects.tally('batch')).toMatchObject({ done: 2, dataKeys: [dataKey('k')] });
    });

    it('says of a run that it created it', async () => {
      proxy.expect('POST', 'lose-answer', 2);
      const run = runOf(idAt(3, 1));
      expect(await ledger.runs.create(run)).toBe(true);
      expect(await ledger.runs.create(run)).toBe(false);
      expect((await ledger.runs.list({ vault: 'contoso-prod' }, 10)).items).toEqual([run]);
    });

    it('changes a run, and ends it', async () => {
      const id = idAt(3, 2);
      await ledger.runs.create(runOf(id, { vault: null, kind: 'estate' }));
      proxy.expect('PUT', 'lose-answer');
      expect(await ledger.runs.change(id, { total: 5 })).toMatchObject({ total: 5 });
      proxy.expect('PUT', 'lose-answer');
      expect(await ledger.runs.change(id, { status: 'succeeded' })).toMatchObject({ status: 'succeeded', total: 5 });
    });

    it('takes and gives back claims', async () => {
      const claim = { vault: 'lost', tier: 'daily', runId: 'run-1' } as const;
      proxy.expect('POST', 'lose-answer');
      expect(await ledger.claims.take([claim], '2026-11-22T02:00:00Z', '2026-11-22T03:00:00Z')).toEqual([]);
      proxy.expect('POST', 'lose-answer');
      await ledger.claims.release([claim]);
      expect(
        await ledger.claims.take([{ ...claim, runId: 'run-2' }], '2026-11-22T02:00:00Z', '2026-11-22T03:00:00Z'),
      ).toEqual([]);
    });

    it('puts a snapshot', async () => {
      proxy.expect('PUT', 'lose-answer');
      await ledger.snapshots.put(snapshotOf(idAt(3, 3), 'lost', 'daily'));
      expect((await ledger.snapshots.list({ vault: 'lost', tier: 'daily' }, 5)).items).toHaveLength(1);
    });
  });

  it('gets over a busy service, within a transaction too, and over torn answers', async () => {
    await ledger.objects.add('busy', 0, [listed('a')]);
    proxy.expect('POST', serverBusy, 2);
    proxy.expect('GET', { answer: 503, code: 'ServerBusy' });
    proxy.expect('GET', { answer: 429 });
    proxy.expect('GET', 'tear-answer');
    const rows = (await ledger.objects.read('busy', 0, 1)).map((row) => storedRow(row));
    proxy.expect('POST', 'tear-answer');
    await ledger.objects.recordBatch('busy', rows, []);
    expect(await ledger.objects.tally('busy')).toMatchObject({ done: 1 });
  });

  it('takes a batch in one request', async () => {
    await ledger.objects.add(
      'one',
      0,
      Array.from({ length: 20 }, (_, index) => listed(`o-${index}`)),
    );
    let rows: ObjectRow[] = [];
    expect(await requests(async () => (rows = await ledger.objects.read('one', 0, 20)))).toBe(1);
    const recorded = rows.map((row) => storedRow(row));
    expect(await requests(() => ledger.objects.recordBatch('one', recorded, [dataKey('k')]))).toBe(1);
    expect(await requests(() => ledger.objects.tally('one'))).toBe(1);
  });

  it('splits what is too large for one transaction, and its sums stay right', async () => {
    await ledger.objects.add(
      'large',
      0,
      Array.from({ length: 12 }, (_, index) => listed(`large-${index}`)),
    );
    const rows = await ledger.objects.read('large', 0, 12);
    const recorded = rows.map((row) => ({ ...storedRow(row), versions: versions(12_000) }));
    const writes = await requests(() => ledger.objects.recordBatch('large', recorded, [dataKey('k')]));
    expect(writes).toBeGreaterThan(1);
    expect(await ledger.objects.tally('large')).toMatchObject({
      done: 12,
      counts: { stored: 12 },
      dataKeys: [dataKey('k')],
    });
    await ledger.objects.recordBatch('large', recorded, [dataKey('k')]);
    expect(await ledger.objects.tally('large')).toMatchObject({ done: 12 });
  });

  it('refuses a row larger than a table takes, before it asks', async () => {
    await ledger.objects.add('huge', 0, [listed('huge')]);
    const [row] = await ledger.objects.read('huge', 0, 1);
    const recording = ledger.objects.recordBatch('huge', [{ ...storedRow(row!), versions: versions(40_000) }], []);
    await expect(recording).rejects.toMatchObject({ code: 'ledger_refused', retryable: false });
  });

  it('ignores a pointer whose record was never written', async () => {
    const orphan = idAt(4, 1);
    const made = runOf(idAt(4, 0), { vault: 'orphaned' });
    await ledger.runs.create(made);
    const [pointer] = await rowsOf('runs', "PartitionKey eq 'orphaned'");
    await tableOf('runs').createEntity({
      partitionKey: 'orphaned',
      rowKey: pointer!.rowKey!.replace(made.id, orphan),
      kind: 'backup',
      tier: 'daily',
    });
    expect((await ledger.runs.list({ vault: 'orphaned' }, 5)).items).toEqual([made]);
    expect(await ledger.runs.get(orphan)).toBeUndefined();
    expect(await ledger.runs.create(runOf(orphan, { vault: 'orphaned' }))).toBe(true);
  });

  it('says that a row was damaged', async () => {
    const id = idAt(4, 2);
    await ledger.runs.create(runOf(id, { vault: 'damaged' }));
    const runs = tableOf('runs');
    const [row] = await rowsOf('runs', "PartitionKey eq '$all' and vault eq 'damaged'");
    for (const record of ['{', 7]) {
      await runs.updateEntity({ partitionKey: '$all', rowKey: row!.rowKey!, record }, 'Replace');
      await expect(ledger.runs.get(id)).rejects.toMatchObject({ code: 'ledger_refused', retryable: false });
    }
  });

  it.each([
    [{ answer: 403, code: 'AuthorizationPermissionMismatch' }, 'ledger_forbidden'],
    [{ answer: 401, code: 'InvalidAuthenticationInfo' }, 'ledger_forbidden'],
    [{ answer: 400, code: 'InvalidInput' }, 'ledger_refused'],
    [{ answer: 404, code: 'TableNotFound' }, 'ledger_table_missing'],
  ] as const)('translates %j', async (treatment, code) => {
    proxy.expect('GET', treatment);
    const failure: unknown = await ledger.runs.get(idAt(5, 1)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code,
      retryable: false,
      details: { table: 'runs', status: treatment.answer, serviceCode: treatment.code },
    });
    proxy.expect('POST', treatment);
    await expect(ledger.objects.add('translated', 0, [listed('a')])).rejects.toMatchObject({ code });
  });

  it('names the table that is missing', async () => {
    const empty = await startAzurite();
    const bare = createLedger(createTables({ connectionString: empty.connectionString }));
    const service = TableServiceClient.fromConnectionString(empty.connectionString, { allowInsecureConnection: true });
    for (const table of ['runs', 'objects', 'state', 'audit', 'alerts', 'plans']) await service.createTable(table);
    await expect(bare.check()).rejects.toMatchObject({ code: 'ledger_table_missing', details: { table: 'snapshots' } });
    await empty.stop();
  });

  it('says of a service that does not answer, or only partly, or not well, that a later try may help', async () => {
    const mute = createServer((request, response) => {
      const [kind] = /down|torn|wrong/.exec(request.url ?? '') ?? [];
      if (kind === 'down') response.writeHead(500).end();
      else if (kind === 'torn')
        response.writeHead(200, { 'content-length': '100' }).write('{"value":[', () => response.destroy());
      else response.writeHead(200, { 'content-type': 'application/json' }).end('<html>');
    });
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const checkAt = (account: string, port: number) =>
      createLedger(
        createTables({
          connectionString: `TableEndpoint=http://127.0.0.1:${port}/${account};SharedAccessSignature=sv=1`,
        }),
      ).check();
    const { port } = mute.address() as AddressInfo;
    await Promise.all([
      expect(checkAt('down', port)).rejects.toMatchObject({ code: 'ledger_unavailable', retryable: true }),
      expect(checkAt('torn', port)).rejects.toMatchObject({ code: 'ledger_unreachable', retryable: true }),
      expect(checkAt('wrong', port)).rejects.toMatchObject({ code: 'ledger_unreachable', retryable: true }),
      expect(checkAt('nobody', 1)).rejects.toMatchObject({ code: 'ledger_unreachable', retryable: true }),
    ]);
    mute.closeAllConnections();
    mute.close();
    await once(mute, 'close');
  });
});
