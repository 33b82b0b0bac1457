import type { Subject } from "../subject.ts";
import { bootSubject } from "./boot.ts";
import { conflictSubject } from "./conflict.ts";
import { enrollSubject } from "./enroll.ts";
import { internetSubject } from "./internet.ts";
import { networkdSubject } from "./networkd.ts";
import { onlineSubject } from "./online.ts";
import { probeSubject } from "./probe.ts";
import { reachabilitySubject } from "./reachability.ts";
import { resolverSubject } from "./resolver.ts";
import { rulesSubject } from "./rules.ts";
import { serviceSubject } from "./service.ts";

/** Every machine, as the model tests walk it. */
export const subjects: readonly Subject[] = [
  bootSubject,
  enrollSubject,
  internetSubject,
  networkdSubject,
  onlineSubject,
  probeSubject,
  reachabilitySubject,
  resolverSubject,
  conflictSubject,
  rulesSubject,
  serviceSubject,
];
