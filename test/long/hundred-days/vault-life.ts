import { type Stack } from '../../../local/stack/stack';
import { asPerson } from '../../e2e/archive-judge';
import { type SeededRandom } from './random';

/** A version of a secret in the model. */
interface KnownVersion {
  value: string;
  /** Disabled: it is there, and nobody can read it. */
  isOff: boolean;
}

/** The secrets of a vault at one time: their versions by name, oldest first. */
export type Content = Readonly<Record<string, readonly KnownVersion[]>>;

const MOST = 7;
const FEWEST = 3;
const MOST_VERSIONS = 4;

/** A vault that changes a little every day, with a model beside it of what has to be in it. Names are never used twice. */
export class VaultLife {
  #secrets = new Map<string, KnownVersion[]>();
  #named = 0;

  constructor(
    private readonly stack: Stack,
    readonly vault: string,
    private readonly random: SeededRandom,
  ) {}

  /** The model as it is now, for later. */
  content(): Content {
    return structuredClone(Object.fromEntries(this.#secrets));
  }

  async begin(): Promise<void> {
    while (this.#secrets.size <= FEWEST) await this.#add();
  }

  /** One change, as the seed decides. */
  async liveOn(): Promise<void> {
    const name = this.random.pick([...this.#secrets.keys()]);
    const versions = this.#secrets.get(name) ?? [];
    const last = versions.at(-1);
    const change = this.random.pick(['add', 'add', 'version', 'version', 'delete', 'disable'] as const);
    if (change === 'add' && this.#secrets.size < MOST) await this.#add();
    else if (change === 'delete' && this.#secrets.size > FEWEST) await this.#delete(name);
    else if (change === 'disable' && last?.isOff === false) await this.#disable(name, last);
    else if (versions.length < MOST_VERSIONS) await this.#addVersion(name, versions);
    else if (this.#secrets.size > FEWEST) await this.#delete(name);
  }

  async #add(): Promise<void> {
    this.#named += 1;
    // Every fourth is one that a plan may leave out by its name.
    const name = `${this.#named % 4 === 0 ? 'temp' : 'secret'}-${this.#named}`;
    const versions: KnownVersion[] = [];
    this.#secrets.set(name, versions);
    await this.#addVersion(name, versions);
  }

  async #addVersion(name: string, versions: KnownVersion[]): Promise<void> {
    const value = `${this.vault} ${name} ${this.random.next()}`;
    await this.#must('PUT', `/secrets/${name}`, { value });
    versions.push({ value, isOff: false });
  }

  async #disable(name: string, last: KnownVersion): Promise<void> {
    const { body } = await this.#must('GET', `/secrets/${name}`);
    const version = (body as { id: string }).id.split('/').at(-1) ?? '';
    await this.#must('PATCH', `/secrets/${name}/${version}`, { attributes: { enabled: false } });
    last.isOff = true;
  }

  async #delete(name: string): Promise<void> {
    await this.#must('DELETE', `/secrets/${name}`);
    this.#secrets.delete(name);
  }

  async #must(method: string, path: string, body?: object): Promise<{ body: unknown }> {
    const answer = await asPerson(this.stack, { vault: this.vault, method, path, ...(body && { body }) });
    if (answer.status !== 200) throw new Error(`${method} ${path} of ${this.vault}: ${answer.status}`);
    return answer;
  }
}
