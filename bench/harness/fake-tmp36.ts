/**
 * A folder that stands in for sysfs with an MCP3008 that has a TMP36 at its first input: its count follows a slow wave
 * and flickers by one step, as a converter's last bit does.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const EVERY_MS = 5;
const WAVE_MS = 20_000;

/** Keeps the count changing until it is called again. */
export function startFakeTmp36(root: string): () => void {
  const device = join(root, 'bus/iio/devices/iio:device0');
  mkdirSync(device, { recursive: true });
  writeFileSync(join(device, 'name'), 'mcp3008\n');
  writeFileSync(join(device, 'in_voltage_scale'), '3.222656250\n');
  const raw = openSync(join(device, 'in_voltage0_raw'), 'w');
  let writes = 0;
  const write = (): void => {
    // Always three digits, so that a reader never finds half of a number.
    const wave = 20 * Math.sin((2 * Math.PI * writes * EVERY_MS) / WAVE_MS);
    const flicker = ((writes * 7_919) % 13) % 3;
    writeSync(raw, `${230 + Math.round(wave) + flicker}\n`, 0);
    writes++;
  };
  write();
  const timer = setInterval(write, EVERY_MS);
  return () => {
    clearInterval(timer);
    closeSync(raw);
  };
}
