import { isOurYaml } from "../../src/supervisor/definition.ts";
import { rpcReplyOf } from "../../src/supervisor/json-rpc.ts";
import { parsed, servicesSchema, statusSchema, understood } from "../../src/supervisor/zinit-calls.ts";
import { isTextReply } from "../../src/supervisor/zinit-text.ts";
import { type FuzzTarget, mayRefuse } from "./target.ts";

/** Answers of zinit by either protocol, and its files. */
export const target: FuzzTarget = {
  run: (data) => {
    const text = data.toString();
    isTextReply(text);
    isOurYaml("dhcp-zos", text);
    const reply = rpcReplyOf(text);
    const results = [parsed(text), ...(reply === null ? [] : [reply.result])];
    for (const said of results) {
      mayRefuse(() => understood(servicesSchema, said, "list"));
      mayRefuse(() => understood(statusSchema, said, "status"));
    }
  },
  seeds: [
    '{"state":"ok","body":{"dhcp-zos":"Running"}}',
    '{"state":"error","body":"service name \\"x\\" unknown"}',
    '{"jsonrpc":"2.0","id":1,"result":{"pid":1,"state":"Running","target":"Up"}}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no","data":"x"}}',
    'exec: "dhcpcd zos"\nenv:\n  ZOS_BOOT: dhcp-zos\n',
  ],
  words: [
    '"state":',
    '"body":',
    '"result":',
    '"error":',
    '"pid":',
    "{",
    "}",
    "[",
    ",",
    ":",
    "\n",
    "null",
    '"__proto__":',
    "exec: ",
    "env:",
    "&a",
    "*a",
    "<<: ",
    "!!js",
  ],
};
