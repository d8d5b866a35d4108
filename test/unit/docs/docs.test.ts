import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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

test('the API page names every route that the app registers', () => {
  const routes = [...read('src/main.ts').matchAll(/route\('\w+', '(GET|POST)', '([^']+)'/g)].map(
    ([, method, path]) => `${method!} /${path!}`,
  );
  const page = read('docs/api.md');
  expect(routes.length).toBeGreaterThan(7);
  expect(routes.filter((route) => !page.includes(`\`${route}\``) && !page.includes(`\`${route} `))).toEqual([]);
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
