/** What was read is not the ASN.1 that was expected. It never quotes what it read. */
export class Asn1Error extends Error {
  constructor() {
    super('The bytes are not the ASN.1 that was expected.');
    this.name = 'Asn1Error';
  }
}

interface Header {
  tag: number;
  /** Where the content begins. */
  start: number;
  /** Where it ends; undefined for the indefinite length of BER. */
  end: number | undefined;
}

const CONSTRUCTED = 0x20;
const [SEQUENCE, OBJECT_ID, END_OF_CONTENTS] = [0x30, 0x06, 0];

function headerAt(bytes: Buffer, offset: number): Header {
  const [tag, first] = [bytes[offset], bytes[offset + 1]];
  // Tags of several bytes occur in nothing that is read here.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new Asn1Error();
  if (first === 0x80) return { tag, start: offset + 2, end: undefined };
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (size > 4 || offset + 2 + size > bytes.length) throw new Asn1Error();
  const start = offset + 2 + size;
  const end = start + (size === 0 ? first : bytes.readUIntBE(offset + 2, size));
  if (end > bytes.length) throw new Asn1Error();
  return { tag, start, end };
}

/** One element of ASN.1 in BER, which DER is a part of. What is not there or not of the kind asked for throws {@link Asn1Error}. */
export class Asn1Node {
  private constructor(
    private readonly tag: number,
    private readonly content: Buffer,
    readonly children: readonly Asn1Node[],
    /** The whole element as it was read. */
    readonly encoded: Buffer,
  ) {}

  /** The first element in `bytes`. */
  static parse(bytes: Uint8Array): Asn1Node {
    return Asn1Node.#read(Buffer.from(bytes), 0).node;
  }

  static #read(bytes: Buffer, offset: number): { node: Asn1Node; next: number } {
    const { tag, start, end } = headerAt(bytes, offset);
    const children: Asn1Node[] = [];
    let at = start;
    if ((tag & CONSTRUCTED) !== 0) {
      while (end === undefined ? bytes[at] !== END_OF_CONTENTS : at < end) {
        const { node, next } = Asn1Node.#read(bytes, at);
        children.push(node);
        at = next;
      }
    } else if (end === undefined) {
      throw new Asn1Error();
    }
    const stop = end ?? at;
    const next = end ?? at + 2;
    return { node: new Asn1Node(tag, bytes.subarray(start, stop), children, bytes.subarray(offset, next)), next };
  }

  /** The element at `index` of this one. */
  child(index: number): Asn1Node {
    const child = this.children[index];
    if (child === undefined) throw new Asn1Error();
    return child;
  }

  /** Whether this is a SEQUENCE. */
  get isSequence(): boolean {
    return this.tag === SEQUENCE;
  }

  /** The content of a string; BER may have it in pieces. */
  get bytes(): Buffer {
    return (this.tag & CONSTRUCTED) === 0 ? this.content : Buffer.concat(this.children.map((child) => child.bytes));
  }

  /** A small INTEGER. */
  get number(): number {
    if (this.content.length === 0 || this.content.length > 6) throw new Asn1Error();
    return this.content.readUIntBE(0, this.content.length);
  }

  /** An OBJECT IDENTIFIER in its dotted form. */
  get objectId(): string {
    if (this.tag !== OBJECT_ID) throw new Asn1Error();
    const arcs: number[] = [];
    let arc = 0;
    for (const byte of this.content) {
      arc = arc * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0;
      }
    }
    const [first = 0, ...rest] = arcs;
    const root = Math.min(Math.floor(first / 40), 2);
    return [root, first - root * 40, ...rest].join('.');
  }
}
