import * as v from "valibot";

/** A schema with what it describes, for the published one. */
export const said = <const Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

/** A whole number within bounds, both included. */
export const whole = (least: number, most: number, what = "a whole number") => {
  const accepted = `${what} from ${least} to ${most}`;
  return v.pipe(v.number(accepted), v.integer(accepted), v.minValue(least, accepted), v.maxValue(most, accepted));
};
