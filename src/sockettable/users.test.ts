import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readUserNames } from './users.ts';

it('users have the first name of their number; without the file they have none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sensewire-users-'));
  try {
    const path = join(folder, 'passwd');
    writeFileSync(
      path,
      'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n\n+nis\nbad:x:1a:1\nme:x:1000:1000::/home/me:\n',
    );
    expect([...readUserNames(path)]).toEqual([
      [0, 'root'],
      [1_000, 'me'],
    ]);
    expect(readUserNames(join(folder, 'missing')).size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
