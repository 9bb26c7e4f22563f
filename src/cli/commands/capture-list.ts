/** `sensewire capture --list`: the interfaces of this machine as a table. */
import { type CaptureInterface, captureInterfaces } from '../../capture/interfaces.ts';
import { printJson } from '../terminal.ts';

export async function listInterfaces(isJson: boolean): Promise<void> {
  const all = await captureInterfaces();
  if (isJson) {
    for (const { name, isUp, isLoopback, addresses, hardware, mtu } of all) {
      const rest = { hardware: hardware ?? null, mtu: mtu ?? null };
      printJson('interface', { name, up: isUp ?? null, loopback: isLoopback, addresses, ...rest });
    }
    return;
  }
  const rows = [['INTERFACE', 'STATE', 'MTU', 'ADDRESSES'], ...all.map(rowOf)];
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => (row[column] as string).length)));
  const lines = rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

function rowOf({ name, isUp, isLoopback, addresses, hardware, mtu }: CaptureInterface): string[] {
  if (name === 'any') return [name, '', '', 'every interface at once'];
  const state = isUp === undefined ? '?' : isUp ? 'up' : 'down';
  const rest = hardware === undefined ? [] : [hardware];
  return [
    name,
    isLoopback ? `${state}, loopback` : state,
    String(mtu ?? '?'),
    [...addresses, ...rest].join(' '),
  ];
}
