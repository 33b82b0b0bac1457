import { countersIn, tableIn } from "../../src/os/nft.ts";
import { type FuzzTarget, mayRefuse, must } from "./target.ts";

const table = `{"nftables":[{"metainfo":{"version":"1.0.6","json_schema_version":1}},{"table":{"family":"inet","name":"zos-boot","handle":1}},{"chain":{"family":"inet","table":"zos-boot","name":"forward","handle":2,"type":"filter","hook":"forward","prio":0,"policy":"drop"}},{"rule":{"family":"inet","table":"zos-boot","chain":"forward","handle":3,"expr":[{"drop":null}]}}]}`;
const counters = `{"nftables":[{"counter":{"family":"inet","name":"hasty","table":"zos-boot","handle":4,"packets":7,"bytes":420}}]}`;

/** What `nft -j` prints of tables and counters. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    const facts = mayRefuse(() => tableIn(text, "nft"));
    must(
      Object.values(facts?.ruleCounts ?? {}).every((count) => Number.isInteger(count) && count > 0),
      "chains with rules have some",
    );
    const counted = mayRefuse(() => countersIn(text, "nft"));
    must(
      Object.values(counted ?? {}).every((packets) => typeof packets === "number"),
      "packets are numbers",
    );
  },
  seeds: [table, counters, '{"nftables":[]}', ""],
  words: [
    ...[
      '{"nftables":[',
      '"chain":{',
      '"rule":{',
      '"counter":{',
      '"policy":"drop"',
      '"name":"forward"',
      '"chain":"forward"',
    ],
    ...[
      '"chain":"__proto__"',
      '"name":"__proto__"',
      '"chain":"constructor"',
      '"packets":',
      "null",
      "1e400",
      "{",
      "}",
      "[",
      "]",
      ",",
    ],
  ],
};
