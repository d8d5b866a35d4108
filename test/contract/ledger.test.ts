import { TableServiceClient } from '@azure/data-tables';
import { createLedger } from '../../src/ledger/table-ledger';
import { createTables } from '../../src/ledger/tables';
import { startAzurite } from '../fakes/azurite';
import { createFakeLedger } from '../fakes/fake-ledger';
import { ledgerContract } from './ledger.contract';

ledgerContract('the ledger in memory', () =>
  Promise.resolve({ ledger: createFakeLedger(), stop: () => Promise.resolve() }),
);

ledgerContract('the ledger in table storage', async () => {
  const azurite = await startAzurite();
  const service = TableServiceClient.fromConnectionString(azurite.connectionString, { allowInsecureConnection: true });
  for (const table of ['runs', 'objects', 'snapshots', 'state', 'audit', 'alerts', 'plans'])
    await service.createTable(table);
  return { ledger: createLedger(createTables({ connectionString: azurite.connectionString })), stop: azurite.stop };
});
