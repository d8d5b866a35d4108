import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type StackClock } from '../clock/stack-clock';
import { listenOnLoopback } from '../http/loopback';
import { createIdentityServer } from './identity-server';
import { Principals } from './principals';
import { TokenIssuer } from './token-issuer';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS principals (oid TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS signing_keys (ordinal INTEGER PRIMARY KEY, key TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS header (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL) STRICT;
`;

/** The stack's stand-in for Entra ID and for the managed identities of App Service. */
export interface Identity {
  /** Base URL of the listener. `IDENTITY_ENDPOINT` is this and `/msi/token`. */
  url: string;
  /** The value for `IDENTITY_HEADER`. */
  header: string;
  principals: Principals;
  issuer: TokenIssuer;
  stop(): Promise<void>;
}

/**
 * Starts the identity listener on loopback. Principals, signing keys and the header are kept in the folder `dataDir`.
 * @throws {StackStartError} `port_in_use`
 */
export async function startIdentity(options: { dataDir: string; port: number }, clock: StackClock): Promise<Identity> {
  const database = new DatabaseSync(join(options.dataDir, 'identity.sqlite'));
  database.exec(`PRAGMA journal_mode = WAL; ${SCHEMA}`);
  database.prepare('INSERT OR IGNORE INTO header (one, value) VALUES (1, ?)').run(randomBytes(24).toString('hex'));
  const { value: header } = database.prepare('SELECT value FROM header').get() as { value: string };
  const principals = new Principals(database);
  const issuer = await TokenIssuer.open(database, clock);
  const server = createIdentityServer({ principals, issuer, header });
  try {
    const listener = await listenOnLoopback(server, options.port, 'identity');
    const stop = async (): Promise<void> => {
      await listener.close();
      database.close();
    };
    return { url: listener.url, header, principals, issuer, stop };
  } catch (error) {
    database.close();
    throw error;
  }
}
