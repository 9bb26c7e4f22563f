/** The flags of `sensewire dissector`. */
import { Command } from 'commander';
import { examples } from './flags.ts';

export interface DissectorFlags {
  readonly output?: string;
}

export function dissectorCommand(): Command {
  return new Command('dissector')
    .description('print a Wireshark dissector (Lua) of telemetry and of reliable UDP')
    .option('-o, --output <FILE>', 'write it there (default: standard output)')
    .addHelpText(
      'after',
      `${examples(
        'dissector > sensewire.lua',
        'dissector --output ~/.local/lib/wireshark/plugins/sensewire.lua',
      )}
Try it once with tshark -X lua_script:sensewire.lua -r FILE, or put it into the folder that Wireshark names under
Help, About Wireshark, Folders, Personal Lua Plugins. docs/DISSECTOR.md lists the fields.
`,
    )
    .action(async (flags: DissectorFlags) => (await import('../commands/dissector.ts')).dissector(flags));
}
