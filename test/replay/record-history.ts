import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

// Writes the history of one orchestration, as the local host keeps it, into a file for the replay tests. By hand:
//   npx node test/replay/record-history.ts <data>/host/host.db <instance id> test/replay/histories/<name>.json
// A history is recorded once. If a later version of an orchestration no longer replays it, runs under way would break at the deployment: then the
// orchestration needs a new name, not the history a new recording.

interface InstanceRow {
  name: string;
  input: string;
  output: string;
  status: string;
}

const [, , database = '', instanceId = '', target = ''] = process.argv;
const hub = new DatabaseSync(database, { readOnly: true });
const instance = hub.prepare('SELECT name, input, output, status FROM instances WHERE instance_id = ?').get(instanceId);
if (instance === undefined) throw new Error(`There is no instance ${instanceId}.`);
const { name, input, output, status } = instance as unknown as InstanceRow;
const events = hub.prepare('SELECT event FROM history WHERE instance_id = ? ORDER BY position').all(instanceId);
const history = events.map(({ event }) => JSON.parse(String(event)) as unknown);
writeFileSync(
  target,
  `${JSON.stringify({ name, instanceId, status, input: JSON.parse(input) as unknown, output: JSON.parse(output) as unknown, history }, null, 1)}\n`,
);
