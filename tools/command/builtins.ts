/**
 * Node.js's own modules in the bundle, without what an `import` of them costs: it looks at every property of the module,
 * and so loads streams, threads and standard output for the one name that is asked for.
 */
import type { Plugin } from 'rolldown';

const IMPORT =
  /^import (?:(?<whole>[\w$]+|\* as [\w$]+)?(?:, )?(?<names>\{.*\})? from )?"(?<module>node:[^"]+)";$/gm;
/** commander can start programs as commands; none of ours is one. */
const LATER = '\0node:child_process';

export const plainBuiltins: Plugin = {
  name: 'plain-builtins',
  resolveId: (source, importer) =>
    source === 'node:child_process' && importer?.includes('/commander/') ? LATER : null,
  load: id =>
    id === LATER
      ? "export default { get spawn() { return process.getBuiltinModule('node:child_process').spawn; } };"
      : null,
  renderChunk: code => ({
    code: code.replaceAll(IMPORT, (...match) => {
      const { whole, names, module } = match.at(-1) as { whole?: string; names?: string; module: string };
      const value = `globalThis.process.getBuiltinModule("${module}")`;
      return [whole?.replace('* as ', ''), names?.replaceAll(' as ', ': ')]
        .filter(target => target !== undefined)
        .map(target => `const ${target} = ${value};`)
        .join(' ');
    }),
  }),
};
