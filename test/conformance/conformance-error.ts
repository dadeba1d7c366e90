/** Errors of the conformance runner that a person can act on; anything else is a bug and shows its stack. */

/** One line for the user. */
export class ConformanceError extends Error {}

/** The units can't be run here, though nothing is wrong with the server: why, in one line. They count as skipped. */
export class SuiteMissing extends ConformanceError {}

/** It is there, but of another Redis than the one that is the judge: nothing anybody here can mend. */
export class OtherVersion extends SuiteMissing {}
