import { createServer } from 'node:net';

/** The listeners of a stack. */
const PORT_NAMES = [
  'api',
  'control',
  'vaults',
  'identity',
  'vaultControl',
  'controlPlane',
  'blob',
  'queue',
  'table',
  'storageControl',
] as const;

/** One of the listeners. */
type PortName = (typeof PORT_NAMES)[number];

/** A port for each listener; 0 takes a free one. */
export type Ports = Record<PortName, number>;

/**
 * Chooses the ports: those that were asked for, else those of the last start where they are still free, else free ones. One
 * that was asked for and is taken is found out by whoever listens there.
 */
export async function choosePorts(asked: Partial<Ports>, last: Record<string, number>): Promise<Ports> {
  const chosen = PORT_NAMES.map(async (name): Promise<[PortName, number]> => {
    const before = last[name] ?? 0;
    return [name, asked[name] ?? (before !== 0 && (await isFree(before)) ? before : 0)];
  });
  return Object.fromEntries(await Promise.all(chosen)) as Ports;
}

/** The port of a base address. */
export function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
