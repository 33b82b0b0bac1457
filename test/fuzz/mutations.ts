type Mutation = (data: Buffer, by: { words: readonly string[]; other: Buffer; random: () => number }) => Buffer;

const numbers = [
  "0",
  "-1",
  "1e309",
  "4294967296",
  "9007199254740993",
  "0x10",
  "NaN",
  "",
  "00",
  "999999999999999999999",
];
const mostStacked = 6;

/** A number from 0 below so many. */
function below(most: number, random: () => number): number {
  return Math.floor(random() * most);
}

function inserted(data: Buffer, at: number, other: Buffer): Buffer {
  return Buffer.concat([data.subarray(0, at), other, data.subarray(at)]);
}

function piece(data: Buffer, random: () => number): Buffer {
  const from = below(data.length + 1, random);
  return data.subarray(from, from + below(64, random));
}

/** As those of AFL and libFuzzer. */
const mutations: readonly Mutation[] = [
  (data, { random }) => {
    const changed = Buffer.from(data);
    const at = below(data.length, random);
    if (data.length > 0) changed[at] = (data[at] ?? 0) ^ (1 << below(8, random));
    return changed;
  },
  (data, { random }) => {
    const changed = Buffer.from(data);
    if (data.length > 0) changed[below(data.length, random)] = below(256, random);
    return changed;
  },
  (data, { words, random }) =>
    inserted(data, below(data.length + 1, random), Buffer.from(words[below(words.length, random)] ?? "\0")),
  (data, { words, random }) => {
    const word = Buffer.from(words[below(words.length, random)] ?? "\0");
    const at = below(data.length + 1, random);
    return Buffer.concat([data.subarray(0, at), word, data.subarray(at + word.length)]);
  },
  (data, { random }) =>
    inserted(data, below(data.length + 1, random), Buffer.from(numbers[below(numbers.length, random)] ?? "")),
  (data, { random }) => {
    const from = below(data.length + 1, random);
    return Buffer.concat([data.subarray(0, from), data.subarray(from + 1 + below(32, random))]);
  },
  (data, { random }) => inserted(data, below(data.length + 1, random), piece(data, random)),
  (data, { other, random }) => inserted(data, below(data.length + 1, random), piece(other, random)),
  (data, { other, random }) =>
    Buffer.concat([data.subarray(0, below(data.length + 1, random)), other.subarray(below(other.length + 1, random))]),
  (data, { random }) => data.subarray(0, below(data.length + 1, random)),
];

/** One of the inputs, changed a few times; none of them is changed itself. */
export function mutated(inputs: readonly Buffer[], words: readonly string[], random: () => number): Buffer {
  const choose = () => inputs[below(inputs.length, random)] ?? Buffer.alloc(0);
  let data = choose();
  for (let left = 1 + below(mostStacked, random); left > 0; left -= 1)
    data = mutations[below(mutations.length, random)]?.(data, { words, other: choose(), random }) ?? data;
  return data;
}
