/** What a parameter is: its type with its limits, and who may change it. Main thread. */

/**
 * What CONFIG SET may do with it.
 *   live       change it, with effect at once
 *   fixed      nothing
 *   protected  nothing, for the sake of safety
 *   inert      change what CONFIG GET shows, and nothing else: it is Redis's, and nothing here depends on it yet. Never for
 *              a setting whose user would believe his data safer than they are; one like that refuses what is not so.
 *   inert, fixed; inert, protected   the same, and not even that
 */
export type Mutability = 'live' | 'fixed' | 'protected' | 'inert' | 'inert, fixed' | 'inert, protected';

/** Whether nothing depends on the setting. */
export function isInert({ mutability }: Parameter): boolean {
  return mutability.startsWith('inert');
}

interface Common {
  readonly name: string;
  readonly summary: string;
  readonly mutability: Mutability;
  /** Redis's older name for it, which CONFIG GET shows as well. */
  readonly alias?: string;
}
interface NumericParameter extends Common {
  readonly default: number;
  /** What is beyond the exact integers of a number is a bigint. */
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** What lies beyond these is accepted, and taken for the nearest of them. */
  readonly clamp?: readonly [least: number, most: number];
  /** Why a value within the limits is refused, null if it is not. */
  readonly refuse?: (value: number | bigint) => string | null;
}
export interface IntegerParameter extends NumericParameter {
  readonly type: 'integer';
}
/** Bytes, with Redis's units (1k = 1000, 1kb = 1024, m, mb, g, gb); CONFIG GET shows plain bytes. */
export interface MemoryParameter extends NumericParameter {
  readonly type: 'memory';
}
/** yes or no. */
export interface BooleanParameter extends Common {
  readonly type: 'boolean';
  readonly default: 'yes' | 'no';
  /** Why a value is refused, null if it is not. */
  readonly refuse?: (value: string) => string | null;
}
export interface EnumParameter extends Common {
  readonly type: 'enum';
  readonly default: string;
  readonly values: readonly string[];
}
export interface StringParameter extends Common {
  readonly type: 'string';
  readonly default: string;
  /** Why a value is refused, null if it is not. */
  readonly refuse?: (value: string) => string | null;
}
/** Words separated by blanks, which a configuration file may give one by one. */
export interface ListParameter extends Common {
  readonly type: 'list';
  readonly default: string;
  /** The value that comes of the words and of the one before, where the words do not replace it; or why they are refused. */
  readonly merge?: (words: readonly string[], before: string) => { value: string } | { refusal: string };
  /** Why the words are refused, null if they are not. */
  readonly refuse?: (text: string) => string | null;
}
export type Parameter =
  | IntegerParameter
  | MemoryParameter
  | BooleanParameter
  | EnumParameter
  | StringParameter
  | ListParameter;

export const INT_MAX = 2147483647;
export const INT_MIN = -2147483648;
/** Of a 64-bit integer. */
export const LONG_MAX = 9223372036854775807n;
