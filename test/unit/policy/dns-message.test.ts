import fc from "fast-check";
import { expect, test } from "vitest";
import { answerIn, type DnsQuestion, queryOf } from "../../../src/policy/dns-message.ts";

const question: DnsQuestion = { id: 0x1234, host: "hub.example", family: "v4" };

/** An answer to a question: its header's flags, and records without their names. */
function answer(asked: DnsQuestion, flags: number, records: number[][]): Uint8Array {
  const message = Uint8Array.from([...queryOf(asked), ...records.flatMap((record) => [0xc0, 12, ...record])]);
  message.set([flags >> 8, flags & 0xff], 2);
  message.set([0, records.length], 6);
  return message;
}

const record = (type: number, data: number[]) => [0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data];
const alias = record(5, [3, 119, 119, 119, 0xc0, 12]);

test("a query is what RFC 1035 says", () => {
  expect(Buffer.from(queryOf(question)).toString("hex")).toBe(
    "12340100000100000000000003687562076578616d706c650000010001",
  );
});

test("an answer gives the addresses of the host, or of the name that it is an alias of", () => {
  const message = answer(question, 0x8180, [alias, record(1, [192, 0, 2, 1]), record(1, [192, 0, 2, 2])]);
  expect(answerIn(message, question)).toEqual({ rcode: "NOERROR", addresses: ["192.0.2.1", "192.0.2.2"] });
  const asked6 = { ...question, family: "v6" as const };
  const data = [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 1];
  expect(answerIn(answer(asked6, 0x8180, [record(28, data)]), asked6)?.addresses).toEqual(["2001:db8::1"]);
});

test.each([
  { what: "NXDOMAIN", flags: 0x8183 },
  { what: "SERVFAIL", flags: 0x8182 },
  { what: "REFUSED", flags: 0x8185 },
  { what: "RCODE 9", flags: 0x8189 },
])("$what is told as it is", ({ what, flags }) => {
  expect(answerIn(answer(question, flags, []), question)).toEqual({ rcode: what, addresses: [] });
});

test("a refusal may leave the question out", () => {
  expect(answerIn(Uint8Array.from([0x12, 0x34, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0]), question)?.rcode).toBe("REFUSED");
});

test("names are the same in upper and lower case", () => {
  expect(answerIn(answer({ ...question, host: "HUB.Example" }, 0x8180, []), question)?.rcode).toBe("NOERROR");
});

test("what answers another question, or is a query, is no answer", () => {
  expect(answerIn(answer({ ...question, id: 1 }, 0x8180, []), question)).toBeNull();
  expect(answerIn(answer({ ...question, host: "lab.example" }, 0x8180, []), question)).toBeNull();
  expect(answerIn(queryOf(question), question)).toBeNull();
});

test("no bytes of a network are more than an answer that makes no sense", () => {
  const header = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 200, 0, 0, 0, 0];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (rest) => {
      const message = Uint8Array.from([...header, ...queryOf(question).subarray(12), ...rest]);
      const found = answerIn(message, question);
      expect(found?.addresses.length).toBeLessThanOrEqual(8);
      for (let size = 0; size < 12; size += 1) expect(answerIn(rest.subarray(0, size), question)).toBeNull();
    }),
  );
});
