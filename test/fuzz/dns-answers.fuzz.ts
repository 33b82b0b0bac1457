import ipaddr from "ipaddr.js";
import { answerIn, queryOf } from "../../src/policy/dns-message.ts";
import { type FuzzTarget, must } from "./target.ts";

const question = { id: 7, host: "hub.grid.tf", family: "v4" } as const;
const asked = Buffer.from(queryOf(question));
const answer = Buffer.concat([asked, Buffer.from("c00c00010001000000000004c6336409", "hex")]);
answer.writeUInt16BE(0x8180, 2);
answer.writeUInt16BE(1, 6);
const alias = Buffer.concat([
  answer.subarray(0, asked.length),
  Buffer.from("c00c000500010000000000020161c00cc00c", "hex"),
]);

/** Answers of DNS servers. */
export const target: FuzzTarget = {
  run: (data) => {
    for (const family of ["v4", "v6"] as const) {
      const found = answerIn(data, { ...question, family });
      if (found === null) continue;
      must(
        found.addresses.every((address) => ipaddr.isValid(address)),
        "addresses are some",
      );
      must(/^[A-Z]+( \d+)?$/.test(found.rcode), "a code is one");
    }
  },
  seeds: [answer, alias, asked],
  words: [
    "\0\u0007",
    "\xc0\x0c",
    "\0\u0001\0\u0001",
    "\0\u001c\0\u0001",
    "\x81\x80",
    "\0\u0004",
    "\0\u0010",
    "\u0003hub\u0004grid\u0002tf\0",
  ],
};
