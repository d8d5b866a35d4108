import { join } from 'node:path';
import { JsonRefusal } from '../http/json-refusal';
import { type Listener } from '../http/loopback';
import { type AppSettings, type SettingOverrides, merged } from './app-settings';
import { type DataFolder } from './data-folder';
import { type HostKiller, type KillPoint } from './host-killer';
import { JsonClient } from './json-client';
import { type ClockMove, type HostModes, type Stack, type StackEndpoints } from './stack';
import { type PartName, type StackParts } from './stack-parts';
import { type Ports, portOf } from './stack-ports';

/** What a running stack is made of. */
export interface StackState {
  folder: DataFolder;
  parts: StackParts;
  killer: HostKiller;
  control: Listener;
  endpoints: StackEndpoints;
  ports: Ports;
  /** Undefined: the stack was started without a Functions host. */
  hostFiles: { entry: string; hostJson: string } | undefined;
  modes: HostModes;
  settings: AppSettings;
  vaultConfig: object;
}

/** The stack that {@link Stack} promises. */
export class RunningStack implements Stack {
  readonly control: JsonClient;
  readonly hostLog: string;
  #stopping: Promise<void> | undefined;

  constructor(private readonly state: StackState) {
    this.control = new JsonClient(state.endpoints.control);
    this.hostLog = join(state.folder.path, 'host', 'host.log');
  }

  get endpoints(): StackEndpoints {
    return this.state.endpoints;
  }

  get settings(): AppSettings {
    return this.state.settings;
  }

  get pids(): Partial<Record<PartName, number>> {
    return this.state.parts.pids;
  }

  now(): Date {
    return new Date(Date.now() + this.state.folder.state.clockOffsetMs);
  }

  async moveClock(move: ClockMove): Promise<void> {
    const { clockOffsetMs } = this.state.folder.state;
    await this.state.parts.moveClock('to' in move ? move.to.getTime() - Date.now() : clockOffsetMs + move.byMs);
  }

  async killHost(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.state.parts.kill('host', signal);
  }

  async stopHost(): Promise<void> {
    await this.state.parts.stop('host');
  }

  async startHost(settings: SettingOverrides = {}, modes: HostModes = {}): Promise<void> {
    const { folder, parts, hostFiles, ports } = this.state;
    if (!hostFiles) throw new JsonRefusal(409, 'no_host', 'This stack was started without a Functions host.');
    if (parts.get('host'))
      throw new JsonRefusal(409, 'host_running', 'The Functions host is running; kill it or restart it.');
    this.state.settings = merged(this.state.settings, settings);
    this.state.modes = { ...this.state.modes, ...modes };
    const config = {
      ...hostFiles,
      port: ports.api,
      dataDir: folder.folder('host'),
      functionKey: folder.state.functionKey,
      modes: this.state.modes,
    };
    const { host } = await parts.startAll({ host: config }, this.state.settings);
    this.endpoints.api = host?.['api'] ?? '';
    ports.api = portOf(this.endpoints.api);
  }

  killHostAt(point: KillPoint): Promise<{ killed: Promise<void> }> {
    return this.state.killer.arm(point);
  }

  async killVaultService(): Promise<void> {
    await this.state.parts.kill('vaults', 'SIGKILL');
    await this.state.parts.startAll({ vaults: this.state.vaultConfig });
  }

  onTripwire(listener: (id: string) => void): () => void {
    return this.state.killer.onTripwire(listener);
  }

  /** Keeps the ports for the next start, so that addresses that people noted stay good. */
  rememberPorts(): void {
    this.state.folder.remember({ ports: this.state.ports });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { control, parts, folder } = this.state;
    await control.close();
    await parts.stopAll();
    folder.close();
  }
}
