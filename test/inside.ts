import { existsSync } from "node:fs";
import { labDir } from "../src/lab/farm/sandbox.ts";

if (!existsSync(labDir)) {
  throw new Error(
    "these tests change the network that they run in: run them by `npm run test:lab`, which gives them one",
  );
}
