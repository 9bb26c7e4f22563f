/**
 * What the figures were measured on.
 */
import { cpus, release, totalmem, type } from 'node:os';

export function machine(): Readonly<Record<'processor' | 'memory' | 'kernel' | 'node', string>> {
  const cores = cpus();
  return {
    processor: `${cores.length} × ${cores[0]?.model ?? 'unknown'}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: `${type()} ${release().replace(/-.*/, '')}`,
    node: `Node.js ${process.versions.node}`,
  };
}
