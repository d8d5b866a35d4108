import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { roles } from '../../../src/contracts/callers';
import { routes } from '../../../src/contracts/routes';

const root = join(__dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('the runbook has a row for every error code, and for no other', () => {
  const codes = [...read('src/contracts/error-codes.ts').matchAll(/\| '([a-z_]+)'/g)].map(([, code]) => code);
  const tables = read('docs/runbook.md').split('## Codes of objects')[1]!;
  const rows = [...tables.matchAll(/^\| ([^|]+)\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code),
  );
  expect(codes.length).toBeGreaterThan(30);
  expect([...rows].sort()).toEqual([...codes].sort());
});

test('the settings page names every setting that the app reads', () => {
  const settings = [...read('src/settings.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name!);
  const page = read('docs/settings.md');
  expect(settings.length).toBeGreaterThan(15);
  expect(settings.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('the API page has a row for every route, with its roles, and for no other', () => {
  const rows = [...read('docs/api.md').matchAll(/^\| `([A-Z]+ \/[^` ]+)`.*? \| ([A-Za-z, ]+?) +\|/gm)];
  const shown = rows.map(([, route, roles]) => `${route!}: ${roles!}`);
  const short = (role: string): string => role.replace('Strongroom.', '');
  const table = Object.values(routes).map((route) => {
    const who =
      route.roles === 'anonymous' ? ['anybody'] : route.roles.length === roles.length ? ['any role'] : route.roles;
    return `${route.method} /${route.path}: ${who.map(short).join(', ')}`;
  });
  expect([...shown].sort()).toEqual([...table].sort());
});

test('every HTTP function is registered by way of the table of routes', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const registering = sources.filter((name) =>
    /\bapp\s*\.\s*(?:http|get|post|put|patch|deleteRequest|generic)\(/.test(read(join('src', name))),
  );
  expect(registering).toEqual(['functions/registration.ts']);
  expect([...read('src/functions/registration.ts').matchAll(/\bapp\.http\(/g)]).toHaveLength(1);
  const registered = [...read('src/main.ts').matchAll(/^ *route\('(\w+)'/gm)].map(([, name]) => name!);
  expect([...registered].sort()).toEqual(Object.keys(routes).sort());
});

test('every row of the faults names a test that is there, and codes that are', () => {
  const rows = read('docs/faults.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (fault|-+) /.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.length).toBeGreaterThan(40);
  const codes = read('src/contracts/error-codes.ts');
  const wrong = rows.filter((cells) => {
    const [, file = '', title = ''] = /^`([a-z-]+)`: (.+)$/.exec(cells[6] ?? '') ?? [];
    const path = `test/e2e/${file}.test.ts`;
    const known = [...(cells[3] ?? '').matchAll(/`([a-z_]+)`/g)].every(([, code]) => codes.includes(`'${code!}'`));
    return !known || title === '' || !existsSync(join(root, path)) || !read(path).includes(title);
  });
  expect(wrong).toEqual([]);
});

test('every relative link of the documentation leads to a file', () => {
  const pages = ['.', 'docs', 'local'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)]
      .map(([, target]) => join(dirname(page), target!))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(pages.length).toBeGreaterThan(10);
  expect(dead).toEqual([]);
});
