import { BootError } from "../errors.ts";

/** That nobody answers is a finding; that it could not be asked is an error, which is thrown on. */
export function throwSerious(error: unknown): void {
  if (error instanceof AggregateError) error.errors.forEach(throwSerious);
  if (error instanceof BootError && ["tool-missing", "aborted", "permission"].includes(error.code)) throw error;
}
