import { readSettings } from '../src/settings';
import { BareFloor } from './bare-floor';
import { type ContenderAnswer, type ContenderOrder } from './contender';
import { type Measurement } from './measurement';
import { UsualScript } from './usual-script';

// A process of its own for each contender, with the environment of the app, so that processor and memory compare with those of the host.

const settings = readSettings();
const contenders = new Map<string, (order: ContenderOrder) => Promise<Measurement>>();

function contender({
  contender: name,
  objectsAtOnce,
}: ContenderOrder): (order: ContenderOrder) => Promise<Measurement> {
  const known = contenders.get(name);
  if (known !== undefined) return known;
  const made = name === 'floor' ? floor(objectsAtOnce) : script();
  contenders.set(name, made);
  return made;
}

function floor(objectsAtOnce: number): (order: ContenderOrder) => Promise<Measurement> {
  const bareFloor = new BareFloor(settings, objectsAtOnce);
  return ({ vault }) => bareFloor.run(vault);
}

function script(): (order: ContenderOrder) => Promise<Measurement> {
  const usualScript = new UsualScript({
    vaultGateway: settings.vaultGateway ?? '',
    archiveConnection: settings.archive.connection ?? '',
    container: settings.archive.containers.monthly,
  });
  return ({ vault, most }) => usualScript.run(`https://${vault}.vault.azure.net`, most);
}

function answer(message: ContenderAnswer): void {
  process.send?.(message);
}

process.on('message', (order: ContenderOrder) => {
  contender(order)(order).then(
    (measurement) => {
      answer({ measurement });
    },
    (error: unknown) => {
      answer({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});
process.on('disconnect', () => process.exit(0));
