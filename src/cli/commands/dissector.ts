/**
 * `sensewire dissector`: the Lua script for Wireshark, on standard output or in a file.
 */
import { writeFileSync } from 'node:fs';
import { dissectorScript } from '../../dissector/script.ts';
import { UsageError } from '../../errors/errors.ts';
import type { DissectorFlags } from '../definitions/dissector.ts';
import { paint, plain } from '../terminal.ts';
import { VERSION } from '../version.ts';

export function dissector({ output }: DissectorFlags): void {
  const script = dissectorScript(VERSION);
  if (output === undefined) {
    process.stdout.write(script);
    return;
  }
  try {
    writeFileSync(output, script);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `--output ${plain(output)} cannot be written: ${plain(why)}; is the folder there, and yours?`;
    throw new UsageError('SW_USAGE', message, { cause });
  }
  process.stderr.write(
    `${paint('green', 'written')} ${plain(output)}: restart Wireshark, or reload its Lua plugins\n`,
  );
}
