import { type DutyConnections } from '../storage/connections';
import { type AppSettings, type SettingOverrides } from './app-settings';
import { type KillPoint } from './host-killer';
import { type JsonClient } from './json-client';
import { type PartName } from './stack-parts';
import { type Ports } from './stack-ports';

/** Modes of the Functions host; its own README says what each does. */
export interface HostModes {
  batch?: 1;
  strict?: boolean;
  shuffle?: boolean;
  earlyTimers?: boolean;
  seed?: number;
  lazy?: boolean;
  timers?: boolean;
}

/** How a stack is started. All of it is optional. */
export interface StackOptions {
  /** Where everything is kept; default `.strongroom/data` of the project. */
  dataDir?: string;
  /** A temporary folder, removed at the end; storage in memory. */
  ephemeral?: boolean;
  /** Decides everything that is generated; default 1. */
  seed?: number;
  /** Ports; else those of the last start where they are free, else free ones. */
  ports?: Partial<Ports>;
  /** `false`: no Functions host. Else the compiled app (default `dist/main.js`) and the host's modes. */
  host?: false | { entry?: string; hostJson?: string; modes?: HostModes };
  /** App settings that replace the stack's own; `undefined` takes one away. */
  settings?: SettingOverrides;
  /** What is in the vaults at the first start; `empty` has the keys of the archive and no protected vault. Default `sample`. */
  estate?: 'sample' | 'empty';
  /** Told when a part ends although nobody asked it to. */
  onLost?: (part: PartName, how: number | NodeJS.Signals) => void;
}

/** Where everything is. `api` is empty without a Functions host. */
export interface StackEndpoints {
  api: string;
  /** A bearer token for the API with all its roles; stays good however far the clock is moved. */
  token: string;
  /** The key of the Functions host's own admin endpoints; the app's routes take none. */
  functionKey: string;
  vaultGateway: string;
  blob: string;
  queue: string;
  table: string;
  identity: string;
  /** Azure Resource Manager's stand-in. Clients keep Azure's host and are sent here. */
  controlPlane: string;
  /** The operator's token for it; stays good as long. */
  managementToken: string;
  /** The ARM id of the archive's storage account. */
  archiveResourceId: string;
  control: string;
  data: string;
  /** What the managed-identity endpoint wants in `X-IDENTITY-HEADER`. */
  identityHeader: string;
  connections: DutyConnections & { account: string; reader: string };
}

/** Where the clock is to be moved: to a time, or by a span. Only forward. */
export type ClockMove = { to: Date } | { byMs: number };

/** A running stack. */
export interface Stack {
  endpoints: StackEndpoints;
  /** The app's settings at the next start of the host. */
  readonly settings: AppSettings;
  /** The stack's control listener, with `/vault-service/…` and `/storage/…` below it. */
  control: JsonClient;
  /** The host's log file. */
  hostLog: string;
  /** Process ids of the parts that run. */
  readonly pids: Partial<Record<PartName, number>>;
  /** The time of the stack's clock. */
  now(): Date;
  /** Moves the clock of all parts; settles when all follow. @throws RangeError if that is not forward */
  moveClock(move: ClockMove): Promise<void>;
  /** Kills the host; settles when it is gone. Default SIGKILL. Nothing happens while it is down. */
  killHost(signal?: NodeJS.Signals): Promise<void>;
  /** Stops the host gracefully. */
  stopHost(): Promise<void>;
  /** Starts the host again, on the same port, with changed settings and modes if given; these then stay. */
  startHost(settings?: SettingOverrides, modes?: HostModes): Promise<void>;
  /** Kills the host at a point of its work. Settles when the tripwire is laid; `killed` when it has struck and the host is gone. */
  killHostAt(point: KillPoint): Promise<{ killed: Promise<void> }>;
  /** Kills and restarts the vault service on its ports, to prove that nothing it acknowledged is lost. */
  killVaultService(): Promise<void>;
  /** Calls `listener` for every tripwire that strikes and is not a kill point; returns how to stop that. */
  onTripwire(listener: (id: string) => void): () => void;
  /** Stops everything in order and leaves no process. */
  stop(): Promise<void>;
}
