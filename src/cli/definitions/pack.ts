/** The flags of `sensewire pack` and `sensewire unpack`. */
import { Command } from 'commander';
import { examples, JSON_FLAG, type JsonFlag } from './flags.ts';

export function packCommand(): Command {
  return (
    new Command('pack')
      .description("pack values into bytes by a format of Python's struct")
      .argument('<FORMAT>', "such as '=iif'; the order of bytes is one of @ = < > !")
      .argument('[VALUES...]', 'numbers; true or false for ?; text for c, s and p')
      .option(...JSON_FLAG)
      // Values such as -5 are no flags.
      .allowUnknownOption()
      .addHelpText('after', examples("pack '=iif' 1 4 2.7", "pack '>4sH' ping 80"))
      .action(async (format: string, values: readonly string[], flags: JsonFlag) =>
        (await import('../commands/pack.ts')).packValues(format, values, flags),
      )
  );
}

export function unpackCommand(): Command {
  return new Command('unpack')
    .description("unpack bytes by a format of Python's struct")
    .argument('<FORMAT>', "such as '=iif'")
    .argument('<HEX...>', 'the bytes, two hexadecimal digits each; spaces and colons are skipped')
    .option(...JSON_FLAG)
    .addHelpText('after', examples("unpack '=iif' 0100000004000000cdcc2c40", "unpack '>H' '00 50'"))
    .action(async (format: string, hex: readonly string[], flags: JsonFlag) =>
      (await import('../commands/pack.ts')).unpackBytes(format, hex, flags),
    );
}
