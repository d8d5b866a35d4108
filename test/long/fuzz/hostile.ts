import fc from 'fast-check';

/** What people and machines have sent to servers that should not have believed them. */
const HOSTILE_TEXTS = [
  ...[
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\u0007\u001b[31m',
    '\r\nX-Injected: yes',
    '\u202egnp.exe',
    '\ufeff',
    '\ud800',
    '\udc00\ud800',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'then',
    'null',
    'undefined',
    'NaN',
  ],
  ...[
    '..',
    '../../../etc/passwd',
    '..\\..\\windows',
    '%2e%2e%2f',
    '..%252f',
    'a/b',
    '/',
    '\\',
    '#',
    '?',
    '//evil.example',
    '*',
    '.',
  ],
  ...[
    "' or PartitionKey ne '",
    "'",
    '"',
    '`',
    '{{7*7}}',
    '${7*7}',
    '<script>alert(1)</script>',
    '$(id)',
    ';',
    '|',
    'a eq b',
  ],
  ...[
    '-1',
    '0',
    '-0',
    '1e309',
    '0x10',
    '1_000',
    '1.5',
    '９',
    '00000000000000000025',
    '9'.repeat(400),
    'true',
    '[]',
    '{}',
  ],
  ...[
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2026-11-22',
    '+275760-09-13T00:00:00Z',
  ],
  ...[
    'https://contoso-prod.vault.azure.net@evil.example',
    'file:///etc/passwd',
    'http://169.254.169.254/',
    'javascript:0',
  ],
  ...['🙂'.repeat(60), 'é'.normalize('NFD'), 'ſſ', 'İ', 'ＡＢＣ', '\u{10ffff}', '￿'],
];

/** Texts that fit nothing, or nearly something. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom(200, 2_001, 9_000).map((length) => 'x'.repeat(length)) },
);

/** Values of the wrong type, of the wrong size, or of no sense. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  {
    weight: 3,
    arbitrary: fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], [null], ['', '']),
  },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Bodies that are no JSON, or JSON that nobody would write. */
export const hostileBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[',
    '"',
    'nul',
    '{"a":}',
    "{'a':1}",
    '{"tier":"daily",}',
    '\ufeff{}',
    '{}{}',
    '\u0000',
    'tier=daily',
    '<a/>',
  ),
  fc.constantFrom('null', 'true', '0', '""', '[]', '[{}]', '"{}"', '1e999', ' \n ', '{"__proto__":{"tier":"monthly"}}'),
  fc.constantFrom('{"tier":"daily","tier":"monthly"}', '{"constructor":{"prototype":{"x":1}}}', '{"toString":1}'),
  fc.constantFrom(900, 9_000, 30_000).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.constantFrom(900, 9_000).map((depth) => `${'{"reason":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.constantFrom(65_536, 65_537, 300_000).map((length) => JSON.stringify({ reason: 'x'.repeat(length) })),
  fc.constant(Buffer.from('{"reason":"a\xff\xfe"}', 'latin1')),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

/** Headers that an answer must not depend on, or that nobody sends. */
export const hostileHeader: fc.Arbitrary<[string, string]> = fc.oneof(
  fc.tuple(
    fc.constantFrom('content-type'),
    fc.constantFrom(
      'text/plain',
      'application/jsonp',
      'application/json-patch+json',
      'multipart/form-data',
      'application/json; charset=utf-7',
      '',
    ),
  ),
  fc.tuple(
    fc.constantFrom('if-match', 'if-none-match', 'x-correlation-id', 'x-reason', 'accept', 'origin', 'cookie'),
    hostileText.map((text) =>
      Buffer.from(text)
        .toString('latin1')
        .replace(/[^\t\x20-\x7e\x80-\xff]/g, ''),
    ),
  ),
  fc.tuple(
    fc.constantFrom(
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-original-url',
      'x-http-method-override',
      'x-ms-client-principal',
      'range',
    ),
    fc.constantFrom('evil.example', 'DELETE', '/api/health', 'eyJ9', 'bytes=0-1'),
  ),
  fc.tuple(
    fc.constantFrom('x-padding'),
    fc.constantFrom(4_000, 40_000).map((length) => 'p'.repeat(length)),
  ),
);
