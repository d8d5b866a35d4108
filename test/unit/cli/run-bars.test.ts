import { stripVTControlCharacters } from 'node:util';
import { RunBars } from '../../../src/cli/run-bars';
import { backupRun, estateRun, openRun, TEST_RUN, twoVaults } from './example-views';
import { capture } from './in-process';

const SHOW_CURSOR = '\u001b[?25h';

function draw(rows: number, use: (bars: RunBars) => void): { text: string; raw: string } {
  const terminal = capture(true, { columns: 120, rows });
  const bars = new RunBars(terminal.stream);
  try {
    use(bars);
  } finally {
    bars.close();
    bars.close();
  }
  return { text: stripVTControlCharacters(terminal.text()), raw: terminal.text() };
}

test('one vault has one bar, and the cursor comes back', () => {
  const run = backupRun(openRun('running', 310, 1240));
  const { text, raw } = draw(24, (bars) => {
    bars.show({ run, backups: [] });
  });
  expect(text).toMatch(/contoso-prod {13}\[=+-+\] {2}25% {2}310\/1,240 {2}running/);
  expect(raw).toContain(SHOW_CURSOR);
});

test('several vaults have a line each below the sum', () => {
  const run = estateRun({ runs: twoVaults, ...openRun('running', 0, null) });
  const failed = backupRun({
    id: TEST_RUN,
    vault: 'contoso-test',
    status: 'failed',
    code: 'vault_unreachable',
    progress: { done: 0, total: null },
  });
  const { text } = draw(24, (bars) => {
    bars.show({ run, backups: [backupRun(openRun('running', 620, 1240)), failed] });
  });
  expect(text).toMatch(/all vaults {15}\[=+-+\] {2}50% {2}620\/1,240 {2}1\/2 vaults {2}running/);
  expect(text).toMatch(/contoso-test {13}\[-+\] {3}0% {2}0\/\? {2}failed \(vault_unreachable\)/);
});

test('on a low terminal the vaults that are being worked at come first', () => {
  const vaults = Array.from({ length: 40 }, (_, index) => ({ vault: `vault-${index}`, runId: `run-${index}` }));
  const backups = vaults.map(({ vault, runId }, index) =>
    backupRun({
      id: runId,
      vault,
      ...(index === 39 ? openRun('running', 1, 2) : index > 19 ? openRun('pending', 0, null) : {}),
    }),
  );
  const { text } = draw(6, (bars) => {
    bars.show({ run: estateRun({ runs: vaults, ...openRun('running', 0, null) }), backups });
  });
  expect(text).toContain('20/40 vaults');
  expect(text).toContain('vault-39');
  expect(text).toContain('vault-20');
  expect(text).not.toContain('vault-21');
});

test('a note stands above the bars', () => {
  const run = backupRun(openRun('running', 310, 1240));
  const { text } = draw(24, (bars) => {
    bars.show({ run, backups: [] });
    bars.note('the API answers again');
    bars.show({ run, backups: [] });
  });
  expect(text).toContain('strongroom: the API answers again\n');
});

test('an empty vault is full, and one without inventory empty', () => {
  const empty = backupRun({ progress: { done: 0, total: 0 } });
  expect(
    draw(24, (bars) => {
      bars.show({ run: empty, backups: [] });
    }).text,
  ).toContain('100%  0/0');
  const unknown = backupRun(openRun('running', 0, null));
  expect(
    draw(24, (bars) => {
      bars.show({ run: unknown, backups: [] });
    }).text,
  ).toContain('  0%  0/0+');
});
